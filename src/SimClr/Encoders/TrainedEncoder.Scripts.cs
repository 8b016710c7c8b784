using SimClr.Images;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Encoders;

// A TorchScript file as weights: its program and its tensors are the encoder.
public sealed partial class TrainedEncoder
{
    private const int UsualScriptSize = 224; // of torchvision's networks

    private static TrainedEncoder OfScript(
        string path, IReadOnlyDictionary<string, string> metadata, EncoderCode code, Device device, IMessages messages)
    {
        var script = new ScriptOptions { Script = Path.GetFullPath(path) };
        if (!code.TrustScript) throw script.Untrusted(path);
        script = script.Trusted();
        var stored = metadata.TryGetValue(WeightsHeader.RecipeKey, out var recipe) ? RunCheckpoint.ReadOptions(recipe, path) : null;
        bool isForeign = stored is null;
        var options = stored is null ? Usual(script) : stored with { Encoder = script with { Channels = stored.Encoder.Channels } };
        messages.Note($"{path}: a TorchScript module. An untrained network to compare it with is not known: the file's own is taken.");
        string[] guesses = isForeign
            ? [$"images of {options.ImageSize} × {options.ImageSize} pixels, {options.Preprocessing.Normalization}"] : [];
        if (isForeign) messages.Note($"{path}: guessed, because a script does not say it: {guesses[0]}.");
        using var generator = new Generator(0, CPU);
        using var encoder = options.Encoder.Create(options.ImageSize, generator);
        return new TrainedEncoder(path, options, encoder.state_dict(), null, null, device) { IsForeign = isForeign, Guesses = guesses };
    }

    private static PretrainOptions Usual(ScriptOptions script)
    {
        int channels = ScriptEncoder.ChannelsOf(script);
        return new PretrainOptions
        {
            Preprocessing = (channels == 3 ? Preprocessing.ImageNet : new()) with { ImageSize = UsualScriptSize },
            Encoder = script with { Channels = channels },
        }.For(UsualScriptSize);
    }
}
