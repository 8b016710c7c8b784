using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Gives torch's global generator a seed until this is disposed of; then the CPU's is as it was. A GPU's is seeded too and goes on from there: libtorch does
/// not show its state.
/// </summary>
/// <remarks>The generator is the process's: while this lives no other thread should draw from it.</remarks>
internal sealed class SeededGenerator : IDisposable
{
    private readonly Tensor before;

    /// <param name="seed">Any number.</param>
    /// <param name="device">Whose generator is seeded beside the CPU's.</param>
    public SeededGenerator(long seed, Device device)
    {
        before = get_rng_state().DetachFromDisposeScope();
        // Not manual_seed, which looks for CUDA at every call.
        using var generator = new Generator((ulong)seed, CPU);
        using var state = generator.get_state();
        set_rng_state(state);
        if (device.type == DeviceType.CUDA) cuda.manual_seed(seed);
    }

    public void Dispose()
    {
        set_rng_state(before);
        before.Dispose();
    }
}
