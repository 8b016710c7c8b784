using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SimClr.Runtime;
using TorchSharp;
using Xunit.Sdk;
using Xunit.v3;

// libtorch's own threads use all cores, and some tests count all live tensors.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace SimClr.Tests;

internal static class Assembly
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A test may touch TorchSharp before any type of the library.")]
    internal static void FindLibTorch()
    {
        Runtime.ProcessSettingsTests.BeTheProcess();
        ProcessSettings.ForTraining();
        LibTorch.Load();
        torch.set_num_threads(1); // small tensors: two threads spend six times as long waiting for each other as computing
    }
}
