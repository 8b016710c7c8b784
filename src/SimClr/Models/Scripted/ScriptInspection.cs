using System.Runtime.InteropServices;
using SimClr.IO;
using SimClr.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SimClr.Models;

/// <summary>Examines a TorchScript module by a few forward passes on noise, and words its refusals.</summary>
internal static class ScriptInspection
{
    private const string RunningMean = "running_mean";
    private const double Tolerance = 1e-3; // of the largest value of h; rounding is about 1e-6

    /// <summary>Refuses a module without parameters, with others than float32, or with impossible values.</summary>
    /// <exception cref="InvalidDataException">The message names the script and the tensor.</exception>
    public static void RequireWeights(
        ScriptOptions options, List<(string name, Parameter parameter)> parameters, List<(string name, Tensor buffer)> buffers)
    {
        if (parameters.Count == 0)
            throw new InvalidDataException($"The {options.Describe()} has no parameters (torch.jit.freeze removes them): " +
                $"write the module without freezing it.");
        if (parameters.Find(p => p.parameter.dtype != ScalarType.Float32) is { name: not null } other)
            throw new InvalidDataException($"The {options.Describe()}: {other.name} is of type {other.parameter.dtype}, and only " +
                $"parameters of type Float32 are trained: write the module after model.float().");
        var state = parameters.Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter))
            .Concat(buffers.Select(b => KeyValuePair.Create(b.name, b.buffer)));
        if (ModelState.FaultOf(state) is { } fault)
            throw new InvalidDataException($"The {options.Describe()} cannot be used: {fault}.");
    }

    /// <summary>C by the first convolution; 3 without one.</summary>
    /// <param name="parameters">Of the module; borrowed.</param>
    public static int ChannelsOf(IEnumerable<Tensor> parameters) =>
        parameters.FirstOrDefault(p => p.dim() == 4) is { } kernel && kernel.shape[1] is >= 1 and <= 1024 and var channels
            ? (int)channels : 3;

    /// <summary>D, from passes in evaluation mode on two images and on one.</summary>
    /// <param name="encoder">On the CPU; afterwards in evaluation mode, its tensors unchanged.</param>
    /// <param name="imageSize">S.</param>
    /// <exception cref="InvalidDataException">
    /// It fails on such images, h is not (N, D), or the h of an image depends on others in its batch. The message names the script.
    /// </exception>
    public static int FeatureDimOf(ScriptEncoder encoder, int imageSize)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var seeded = new SeededGenerator(0, CPU);
        encoder.eval();
        var (options, x) = (encoder.Options, Noise(encoder, imageSize));
        if (ChannelsOf(encoder.parameters()) is var channels && channels != options.Channels && !Takes(encoder, x))
            throw new InvalidDataException($"The {options.Describe()} takes images of {channels} channel{(channels == 1 ? "" : "s")}, " +
                $"and the run's have {options.Channels}: --channels {channels}.");
        var before = Means(encoder);
        Tensor both = encoder.forward(x), one = encoder.forward(x[..1]);
        if (both.shape is not [2, > 0 and <= int.MaxValue] || one.shape is not [1, _])
            throw new InvalidDataException($"The {options.Describe()} makes ({Text(both)}) of views ({Text(x)}) " +
                $"and ({Text(one)}) of one; h must be (N, D). Remove the classifier only, and do not fix the size of a batch.");
        if (both.dtype != ScalarType.Float32)
            throw new InvalidDataException($"The {options.Describe()} makes h of type {both.dtype}; it must be Float32.");
        var difference = (both[..1] - one).abs().max();
        if ((difference > Tolerance * both.abs().max()).item<bool>() || Unmoved(encoder, before).Count() < before.Count)
            throw new InvalidDataException($"The {options.Describe()} makes h of an image from the other images of its batch too, " +
                $"also in evaluation mode: it was traced in training mode. Use torch.jit.script, or trace it after model.eval().");
        return (int)both.shape[1];
    }

    /// <summary>Refuses a module whose batch norms do not follow the images in training mode. Its tensors are restored.</summary>
    /// <param name="encoder">On any device; keeps its mode.</param>
    /// <param name="imageSize">S.</param>
    /// <exception cref="InvalidDataException">It has such a batch norm; the message names it.</exception>
    public static void RequireMovingStatistics(ScriptEncoder encoder, int imageSize)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var buffers = encoder.buffers().Select(buffer => (buffer, Was: buffer.clone())).ToList();
        var before = Means(encoder);
        if (before.Count == 0) return;
        bool training = encoder.training;
        using var seeded = new SeededGenerator(0, encoder.parameters().First().device);
        encoder.train();
        encoder.forward(Noise(encoder, imageSize));
        encoder.train(training);
        var still = Unmoved(encoder, before).ToList();
        foreach (var (buffer, was) in buffers) buffer.copy_(was);
        if (still.Count > 0)
            throw new InvalidDataException($"The {encoder.Options.Describe()} would train with frozen statistics: in a training step " +
                $"{still.Count} of its {before.Count} batch norms keep their {RunningMean}, the first {still[0]}. " +
                $"It was traced in evaluation mode: use torch.jit.script.");
    }

    /// <summary>Whether libtorch ran out of memory: another batch may fit.</summary>
    public static bool IsOutOfMemory(ExternalException e) => e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    /// <summary>The refusal of a script whose program failed.</summary>
    public static InvalidDataException Refusal(ScriptOptions options, Tensor x, Exception e)
    {
        if (e is not ExternalException) return NoTensor(options);
        string reason = ReasonOf(e);
        if (reason.Contains("missing value for argument", StringComparison.Ordinal)
            || reason.Contains("argument(s) for operator 'forward'", StringComparison.Ordinal))
            return new($"The {options.Describe()} does not take one tensor alone, the images: {reason}", e);
        return new($"The {options.Describe()} fails on views ({Text(x)}): {reason} " +
            $"(A traced module may work only with the sizes and the device that it was traced with.)", e);
    }

    /// <summary>The refusal of a script that returns something else than a tensor.</summary>
    public static InvalidDataException NoTensor(ScriptOptions options) =>
        new($"The {options.Describe()} does not return one tensor: h (N, D).");

    /// <summary>The reason in libtorch's report of several lines, as a sentence.</summary>
    public static string ReasonOf(Exception e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string line = lines.LastOrDefault(l => l.Contains("Error: ", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "no reason";
        int name = line.IndexOf("Error: ", StringComparison.Ordinal);
        return Excerpt.Of(Printable.Of(name < 0 ? line : line[(name + "Error: ".Length)..])).TrimEnd('.') + ".";
    }

    private static string Text(Tensor tensor) => string.Join(", ", tensor.shape);

    private static Tensor Noise(ScriptEncoder encoder, int imageSize)
    {
        using var generator = new Generator(0, CPU);
        return rand([2, encoder.Options.Channels, imageSize, imageSize], ScalarType.Float32, CPU, generator: generator)
            .to(encoder.parameters().First().device);
    }

    private static bool Takes(ScriptEncoder encoder, Tensor x)
    {
        try
        {
            encoder.forward(x);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static List<(string Name, Tensor Mean, Tensor Was)> Means(ScriptEncoder encoder) =>
        [.. encoder.named_buffers().Where(b => b.name.EndsWith(RunningMean, StringComparison.Ordinal))
            .Select(b => (b.name, b.buffer, b.buffer.clone()))];

    private static IEnumerable<string> Unmoved(ScriptEncoder encoder, List<(string Name, Tensor Mean, Tensor Was)> before) =>
        before.Where(b => !b.Mean.ne(b.Was).any().item<bool>()).Select(b => b.Name);
}
