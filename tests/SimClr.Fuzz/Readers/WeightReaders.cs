using System.IO.Compression;
using SimClr.Cli.Output;
using SimClr.Encoders;
using SimClr.Fuzz.Mutations;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Weights;
using static TorchSharp.torch;

namespace SimClr.Fuzz.Readers;

/// <summary>Weights in SimClr's and PyTorch's formats, and the encoders found in them.</summary>
internal static class WeightReaders
{
    // Pickle opcodes, and names in a state dict.
    private static readonly string[] PickleWords =
        ["(", ")", "]", "}", "N", "t", "a", "e", "s", "u", "R", "b", "Q", "q\u0001", "h\u0001", ".", "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n"];

    public static IEnumerable<FuzzReader> All()
    {
        string[] json = [.. SettingReaders.JsonWords, "\"dtype\":\"F32\"", "\"shape\":[2,3]", "\"data_offsets\":[0,24]", "\"__metadata__\":{}", "\"t{0}\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"];
        byte[] safetensors = SeedFiles.WrittenBy(path => Safetensors.Write(path, Tensors(), new Dictionary<string, string> { ["recipe"] = "epochs: 3" }));
        yield return new("safetensors", "x.safetensors", [safetensors], ReadAll) { Repair = Checksums.Safetensors, Words = json };
        yield return new("pth, zip", "x.pth", [SeedFiles.Read("state.pth"), SeedFiles.Read("lightning.pth"), SeedFiles.WrittenBy(path => PyTorchFile.Write(path, Tensors(), new Dictionary<string, string> { ["recipe"] = "x" }))], ReadAll) { Repair = Checksums.Zip };
        yield return new("pth, pickle", "x.pth", [Pickle("state.pth")], ReadAll) { Pack = bytes => Repacked("state.pth", bytes), Words = PickleWords };
        yield return new("pth, before 1.6", "x.pth", [SeedFiles.Read("state-legacy.pth")], ReadAll) { Words = PickleWords };

        byte[] run = Run();
        yield return new("encoder's weights", "model.safetensors", [run], path =>
        {
            using var scope = NewDisposeScope();
            var found = EncoderWeights.Find(WeightsFile.Read(path), path);
            BrokenPromiseException.Unless(found.Options is ResNetOptions { Channels: > 0, Width: > 0 }, $"an encoder {found.Options}");
        })
        { Repair = Checksums.Safetensors, Words = [.. json, "conv1", "layer1.0.", "downsample", ".select.", "bn3"] };
        yield return new("a ConvNeXt's weights", "model.safetensors", [ConvNeXt()], path =>
        {
            using var scope = NewDisposeScope();
            var found = EncoderWeights.Find(WeightsFile.Read(path), path);
            BrokenPromiseException.Unless(found.Options is ConvNeXtOptions { Channels: > 0, Width: > 0 }, $"an encoder {found.Options}");
        })
        { Repair = Checksums.Safetensors, Words = [.. json, "features.0.0", ".layer_scale", "stages.0.blocks.0.conv_dw.weight", "conv_proj.weight", "patch_embed.proj.weight", "pos_embed", "blocks.0."] };
        yield return new("a run's weights", "model.safetensors", [run], path =>
        {
            using var model = TrainedEncoder.Load(path, CPU, new Terminal(quiet: true));
        })
        { Repair = Checksums.Safetensors, Words = [.. json, .. SettingReaders.YamlWords], Refuses = FuzzReader.RefusesSettings, OneIn = 100, Allowance = 1L << 30 };
    }

    private static Dictionary<string, Tensor> Tensors() => new()
    {
        ["a.weight"] = arange(6, float32).reshape(2, 3),
        ["a.bias"] = arange(2, float32).to(float16),
        ["mask"] = tensor(new[] { true, false }),
        ["n"] = tensor(3L),
    };

    private static void ReadAll(string path)
    {
        using var scope = NewDisposeScope();
        _ = WeightsFile.ReadMetadata(path);
        long length = new FileInfo(path).Length;
        foreach (var (name, tensor) in WeightsFile.Read(path))
        {
            long elements = tensor.shape.Aggregate(1L, (product, size) => product * size);
            BrokenPromiseException.Unless(elements == tensor.NumberOfElements && elements * tensor.ElementSize <= length, $"'{name}' has the shape ({string.Join(", ", tensor.shape)}), more than the file's {length} bytes");
            using var sum = tensor.sum(); // visits every element
        }
    }

    private static byte[] Pickle(string file)
    {
        using var archive = new ZipArchive(new MemoryStream(SeedFiles.Read(file)));
        using var pickle = archive.Entries.Single(entry => entry.Name == "data.pkl").Open();
        using var bytes = new MemoryStream();
        pickle.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Repacked(string file, byte[] pickle)
    {
        using var packed = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(SeedFiles.Read(file))))
        using (var to = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var target = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                using var source = entry.Open();
                if (entry.Name == "data.pkl") target.Write(pickle);
                else source.CopyTo(target);
            }
        }
        return packed.ToArray();
    }

    private static byte[] ConvNeXt() => SeedFiles.WrittenBy(path =>
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        using var network = new ConvNeXtOptions { Width = 0.0625, Patch = 2 }.Create(16, generator);
        Safetensors.Write(path, network.state_dict());
    });

    private static byte[] Run() => SeedFiles.WrittenBy(path =>
    {
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = 16 }, Encoder = new ResNetOptions { Width = 0.0625 } };
        using var scope = NewDisposeScope();
        using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, seed: 1);
        Safetensors.Write(path, model.state_dict(), new Dictionary<string, string> { [WeightsHeader.RecipeKey] = OptionsText.ToYaml(options) });
    });
}
