using TorchSharp;

namespace SimClr.Tests;

/// <summary>More threads of libtorch than the tests have by default, until this is disposed of: for what several threads write.</summary>
internal sealed class Threads : IDisposable
{
    private readonly int before = torch.get_num_threads();

    public Threads(int count) => torch.set_num_threads(count);

    public void Dispose() => torch.set_num_threads(before);
}
