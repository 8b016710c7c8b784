using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Translates the weights of vision transformers.</summary>
internal sealed class VisionTransformerTranslator : WeightsTranslator
{
    private const int SizeOfDinoV2 = 518, UsualSize = 224; // DINOv2's last training steps, and its evaluation
    private const int HeadsOfMoCo = 12; // of MoCo v3's ViT-Small (facebookresearch/moco-v3, vits.py)

    public override string Kind => "vision transformer";

    public override Type OptionsType => typeof(VisionTransformerOptions);

    public override IEnumerable<NamedNetwork> In(IReadOnlySet<string> names) => VisionTransformerNames.In(names);

    protected override NameDialect DialectOf(WeightNames? names) =>
        names == WeightNames.Torchvision ? VisionTransformerNames.Torchvision : VisionTransformerNames.Timm;

    protected override string? Obstacle(EncoderOptions options, NameDialect dialect)
    {
        var vit = (VisionTransformerOptions)options;
        return dialect != VisionTransformerNames.Torchvision ? null
            : vit.Registers > 0 ? "registers"
            : vit.LayerScale > 0 ? "LayerScale"
            : !vit.HasUsualHeads ? $"{vit.Heads} heads"
            : vit.Pooling == TokenPooling.Mean ? "mean pooling" : null;
    }

    // timm's networks with registers (no_embed_class=True) have positions of patches alone. The class token's is part of the token.
    protected override IReadOnlyDictionary<string, Tensor> Converted(
        EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder, NameDialect dialect) =>
        options is VisionTransformerOptions { Registers: > 0, Pooling: TokenPooling.Class } && encoder["pos_embed"] is var positions
            ? new Dictionary<string, Tensor>(encoder)
            {
                ["cls_token"] = encoder["cls_token"] + positions.narrow(1, 0, 1),
                ["pos_embed"] = positions.narrow(1, 1, positions.shape[1] - 1).contiguous(),
            }
            : encoder;

    protected override long FeaturesOf(EncoderOptions options) => ((VisionTransformerOptions)options).FeatureDim;

    // Positions say the size.
    protected override int ImageSizeOf(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder)
    {
        var vit = (VisionTransformerOptions)options;
        int size = vit.GridOf(encoder) * vit.Patch!.Value;
        return size == SizeOfDinoV2 ? UsualSize : size;
    }

    protected override IEnumerable<string> GuessesOf(EncoderOptions options)
    {
        var vit = (VisionTransformerOptions)options;
        if (vit.Heads is null) yield return $"{vit.HeadCount} heads";
        yield return "GELU";
        yield return "layer norms with ε = 1e-6";
        if (vit.Positions == PositionEmbedding.Learned) yield return $"positions for another image size by the rule {vit.Resampling}";
    }

    protected override void Complete(Dictionary<string, Tensor> encoder)
    {
        foreach (string query in encoder.Keys.Where(k => k.Contains(".attn.q.", StringComparison.Ordinal)).ToList())
        {
            string Part(string part) => query.Replace(".attn.q.", $".attn.{part}.", StringComparison.Ordinal);
            if (encoder[query].dim() == 0 || !encoder.TryGetValue(Part("k"), out var key) || !encoder.TryGetValue(Part("v"), out var value)
                || !key.shape.AsSpan().SequenceEqual(encoder[query].shape) || !value.shape.AsSpan().SequenceEqual(key.shape)) continue;
            encoder[Part("qkv")] = cat([encoder[query], key, value]);
            foreach (string part in (string[])["q", "k", "v"]) encoder.Remove(Part(part));
        }
        if (encoder.TryGetValue("pos_embed", out var positions) && positions.shape is [1, > 0, > 0]) MovePositions(encoder, positions);
    }

    // Ours: the class token has a position, registers have none, and mean pooling has no class token. A position of a token without a
    // place is a constant summand of the token. With mean pooling a class token is what a register is: a token that is no part of h.
    private static void MovePositions(Dictionary<string, Tensor> encoder, Tensor positions)
    {
        bool Fitting(string name, out Tensor? token) =>
            encoder.TryGetValue(name, out token) && token.shape is [1, > 0, var d] && d == positions.shape[2];
        bool hasClass = Fitting("cls_token", out var classToken);
        long registers = Fitting("reg_token", out var registerTokens) ? registerTokens!.shape[1] : 0, classes = hasClass ? 1 : 0;
        long placeless = positions.shape[1] - (long)Math.Pow(Math.Floor(Math.Sqrt(positions.shape[1])), 2);
        if (registers > 0 && placeless == classes + registers)
        {
            encoder["reg_token"] = registerTokens = registerTokens! + positions.narrow(1, classes, registers);
            positions = cat([positions.narrow(1, 0, classes), positions.narrow(1, placeless, positions.shape[1] - placeless)], 1);
        }
        else if (hasClass && placeless == 0)
        {
            positions = cat([zeros_like(positions.narrow(1, 0, 1)), positions], 1);
        }
        if (hasClass && encoder.ContainsKey("fc_norm.weight") && !encoder.ContainsKey("norm.weight"))
        {
            var token = classToken! + positions.narrow(1, 0, 1);
            encoder["reg_token"] = registers > 0 ? cat([token, registerTokens!], 1) : token;
            encoder.Remove("cls_token");
            positions = positions.narrow(1, 1, positions.shape[1] - 1);
        }
        encoder["pos_embed"] = positions;
    }

    protected override EncoderOptions OptionsOf(NamedNetwork network, IReadOnlyDictionary<string, Tensor> encoder, string source)
    {
        const string Patches = "patch_embed.proj.weight";
        if (!encoder.TryGetValue(Patches, out var patches)
            || patches.shape is not [var d, var channels, var patch, var width] || width != patch)
            throw new InvalidDataException($"{source}: {Patches} is {(patches is null ? "missing"
                : $"({string.Join(", ", patches.shape)})")}; a vision transformer here has (D, C, p, p).");
        int blocks = encoder.Keys.Count(k => k.EndsWith(".norm1.weight", StringComparison.Ordinal));
        if (blocks == 0)
            throw new InvalidDataException(
                $"{source} lacks blocks.0.norm1.weight: its blocks are not those of a vision transformer here.");
        var sizes = Enum.GetValues<VisionTransformerSize>().Select(size => new VisionTransformerOptions { Arch = size }).ToList();
        var options = sizes.FirstOrDefault(o => o.FeatureDim == d && o.Blocks == blocks)
            ?? throw new InvalidDataException($"{source} holds a vision transformer of {blocks} blocks with D = {d}; known are " +
                $"{string.Join(", ", sizes.Select(o => $"{o.Blocks} with {o.FeatureDim}"))}.");
        int registers = encoder.TryGetValue("reg_token", out var tokens) && tokens.shape is [_, var count, _]
            ? (int)Math.Min(count, int.MaxValue) : 0;
        options = Valid(options with
        {
            Channels = (int)Math.Min(channels, int.MaxValue),
            Patch = (int)Math.Min(patch, int.MaxValue),
            Registers = registers,
            Pooling = encoder.ContainsKey("norm.weight") ? TokenPooling.Class : TokenPooling.Mean,
            LayerScale = encoder.ContainsKey("blocks.0.ls1.gamma") ? 1e-5 : 0,
            Resampling = VisionTransformerNames.ResamplingOf(network.Dialect, registers),
        }, Patches, encoder, Kind, source);
        if (!encoder.TryGetValue("pos_embed", out var positions))
            throw new InvalidDataException($"{source} lacks pos_embed: a vision transformer here adds a position to every token.");
        if (options.GridOf(encoder) is 0)
            throw new InvalidDataException($"{source}: the positions are ({string.Join(", ", positions.shape)}), and in a " +
                $"{options.DescribeFully()} here (1, {(options.Pooling == TokenPooling.Class ? "1 + " : "")}n·n, {d}).");
        if (options.HasFixedPositions(encoder)) return options with { Positions = PositionEmbedding.SineCosine };
        // The shapes of MoCo v3's small network are those of any other, and its positions are no other's.
        return options is { Arch: VisionTransformerSize.VitSmall } && options.HasPositionsOfMoCo(encoder)
            ? options with { Heads = HeadsOfMoCo } : options;
    }

    protected override IEnumerable<(string Name, long[] Shape)> Tensors(EncoderOptions options, IReadOnlyDictionary<string, Tensor> encoder)
    {
        var vit = (VisionTransformerOptions)options;
        long d = vit.FeatureDim, patch = vit.Patch ?? 0, grid = vit.GridOf(encoder), classes = vit.Pooling == TokenPooling.Class ? 1 : 0;
        if (classes > 0) yield return ("cls_token", [1, 1, d]);
        if (vit.Registers > 0) yield return ("reg_token", [1, vit.Registers, d]);
        yield return ("pos_embed", [1, classes + grid * grid, d]);
        yield return ("patch_embed.proj.weight", [d, vit.Channels, patch, patch]);
        yield return ("patch_embed.proj.bias", [d]);
        for (int i = 0; i < vit.Blocks; i++)
        {
            foreach (string norm in (string[])["norm1", "norm2"])
                foreach (string part in (string[])["weight", "bias"]) yield return ($"blocks.{i}.{norm}.{part}", [d]);
            foreach (var (name, outputs, inputs) in ((string, long, long)[])
                [("attn.qkv", 3 * d, d), ("attn.proj", d, d), ("mlp.fc1", 4 * d, d), ("mlp.fc2", d, 4 * d)])
            {
                yield return ($"blocks.{i}.{name}.weight", [outputs, inputs]);
                yield return ($"blocks.{i}.{name}.bias", [outputs]);
            }
            if (vit.LayerScale == 0) continue;
            foreach (string scale in (string[])["ls1", "ls2"]) yield return ($"blocks.{i}.{scale}.gamma", [d]);
        }
        string last = classes > 0 ? "norm" : "fc_norm";
        foreach (string part in (string[])["weight", "bias"]) yield return ($"{last}.{part}", [d]);
    }
}
