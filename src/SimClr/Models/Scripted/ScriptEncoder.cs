using System.Runtime.InteropServices;
using SimClr.IO;
using SimClr.Runtime;
using SimClr.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The encoder of a TorchScript file: x (N, C, S, S) float32 → h (N, D). Parameters, buffers and child modules are the script's own, with
/// its names. Making one runs the file's program.
/// </summary>
/// <remarks>In eval mode and without gradients several threads may compute at once.</remarks>
internal sealed class ScriptEncoder : Module<Tensor, Tensor>, IEncoder, ITrainable, IScriptExportable
{
    private readonly ScriptOptions options;
    private readonly int imageSize;
    private readonly jit.ScriptModule script;
    private readonly List<(string name, Parameter parameter)> ownParameters;
    private readonly List<(string name, Tensor buffer)> ownBuffers;
    private readonly List<(string name, Module module)> parts, allParts;

    /// <param name="options">Options with the content of the file.</param>
    /// <param name="imageSize">S, for the inspection.</param>
    /// <exception cref="InvalidDataException">The script is no encoder for such images; the message names it.</exception>
    public ScriptEncoder(ScriptOptions options, int imageSize) : base(nameof(ScriptEncoder))
    {
        (this.options, this.imageSize) = (options, imageSize);
        using var scope = NewDisposeScope();
        script = Load(options);
        // Names that share a tensor: the first one has it. TorchSharp makes a new object for each, of the same native tensor.
        var seen = new HashSet<nint>();
        ownParameters = [.. script.named_parameters().Where(p => seen.Add(Marshal.ReadIntPtr(p.parameter.Handle)))];
        ownBuffers = [.. script.named_buffers().Where(b => seen.Add(Marshal.ReadIntPtr(b.buffer.Handle)))];
        (parts, allParts) = ([.. script.named_children()], [.. script.named_modules()]);
        foreach (var tensor in scope.DisposablesView.ToList()) scope.Detach(tensor); // the module's own
        try
        {
            ScriptInspection.RequireWeights(options, ownParameters, ownBuffers);
            foreach (var (_, parameter) in ownParameters) parameter.requires_grad_(true);
            FeatureDim = ScriptInspection.FeatureDimOf(this, imageSize);
        }
        catch
        {
            Dispose();
            throw;
        }
        train();
    }

    /// <inheritdoc/>
    public EncoderOptions Options => options;

    /// <inheritdoc/>
    public int FeatureDim { get; }

    /// <inheritdoc/>
    public override bool training => script.training;

    /// <summary>C of a file, by its first convolution; 3 without one.</summary>
    /// <param name="options">Options with the content of the file.</param>
    /// <exception cref="InvalidDataException">It cannot be loaded.</exception>
    public static int ChannelsOf(ScriptOptions options)
    {
        using var scope = NewDisposeScope();
        using var script = Load(options);
        return ScriptInspection.ChannelsOf(script.parameters());
    }

    private static jit.ScriptModule Load(ScriptOptions options)
    {
        if (!options.File!.Compiles)
            throw new InvalidDataException($"The {options.Describe()} cannot be compiled: libtorch {LibTorch.RequiredVersion} lacks an " +
                $"operator of it, or its code is damaged. libtorch's report is above.");
        try
        {
            return jit.load(options.File.Bytes);
        }
        catch (ExternalException e)
        {
            throw new InvalidDataException($"The {options.Describe()} cannot be loaded: {ScriptInspection.ReasonOf(e)}", e);
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        object? result;
        using (new PlainInterpreter())
        {
            try
            {
                result = script.forward(input);
            }
            // TorchSharp throws the first two for results that it has no type for.
            catch (Exception e) when (e is NotImplementedException or ArgumentOutOfRangeException
                || (e is ExternalException native && !ScriptInspection.IsOutOfMemory(native)))
            {
                throw ScriptInspection.Refusal(options, input, e);
            }
        }
        return result is Tensor h ? h : throw ScriptInspection.NoTensor(options);
    }

    /// <inheritdoc/>
    public void RequireTrainable(int imageSize) => ScriptInspection.RequireMovingStatistics(this, imageSize);

    /// <inheritdoc/>
    public void WriteScript(string path, IReadOnlyDictionary<string, string> metadata)
    {
        using var copy = new ScriptEncoder(options, imageSize); // on the CPU, where every reader has a place for it
        ModelState.Load(copy, state_dict());
        copy.eval();
        string draft = $"{path}.draft"; // libtorch writes to a name only
        try
        {
            jit.save(copy.script, draft);
            AtomicFile.Write(path, file => PyTorchFile.Copy(draft, file, metadata));
        }
        catch (ExternalException e)
        {
            throw new IOException($"{path} cannot be written: {ScriptInspection.ReasonOf(e)}", e);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <inheritdoc/>
    public override void train(bool train = true) => script.train(train);

    /// <inheritdoc/>
    public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
        ownParameters.Where(p => recurse || !p.name.Contains('.', StringComparison.Ordinal));

    /// <inheritdoc/>
    public override IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
        ownBuffers.Where(b => recurse || !b.name.Contains('.', StringComparison.Ordinal));

    /// <inheritdoc/>
    public override IEnumerable<(string name, Module module)> named_children() => parts;

    /// <inheritdoc/>
    public override IEnumerable<(string name, Module module)> named_modules() => allParts;

    // The script moves its tensors in place: the objects here are the same tensors.
    protected override Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        _ = script.to(new Device(deviceType, deviceIndex), non_blocking);
        return this;
    }

    protected override void RegisterComponents()
    {
        // the script is no child of this module: its parts are
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var (_, module) in allParts.Concat(parts)) module.Dispose();
            foreach (var (_, parameter) in ownParameters) parameter.Dispose();
            foreach (var (_, buffer) in ownBuffers) buffer.Dispose();
            script.Dispose();
            ownParameters.Clear();
            ownBuffers.Clear();
            parts.Clear();
            allParts.Clear();
        }
        base.Dispose(disposing);
    }
}
