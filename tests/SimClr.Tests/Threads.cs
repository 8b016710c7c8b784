using TorchSharp;

namespace SimClr.Tests;

/// <summary>Gives libtorch more threads than the tests' default until disposed of, for code that writes from several threads.</summary>
internal sealed class Threads : IDisposable
{
    private readonly int before = torch.get_num_threads();

    public Threads(int count) => torch.set_num_threads(count);

    public void Dispose() => torch.set_num_threads(before);
}
