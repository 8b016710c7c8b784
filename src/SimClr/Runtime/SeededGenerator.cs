using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Runtime;

/// <summary>
/// Seeds torch's global generator until this object is disposed of; then the CPU's generator has its former state. A GPU's generator is
/// seeded too but keeps its new state, because libtorch does not expose it.
/// </summary>
/// <remarks>The generator belongs to the process. No other thread should draw from it while this object lives.</remarks>
internal sealed class SeededGenerator : IDisposable
{
    private readonly Tensor before;

    /// <param name="seed">Any number.</param>
    /// <param name="device">The device whose generator is seeded, beside the CPU's.</param>
    public SeededGenerator(long seed, Device device)
    {
        before = get_rng_state().DetachFromDisposeScope();
        // manual_seed would look for CUDA at every call.
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
