using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Fuzz;

internal static class Assembly
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A reader may touch TorchSharp before any type of the library.")]
    internal static void FindLibTorch()
    {
        LibTorch.Load();
        torch.set_num_threads(1);
    }
}
