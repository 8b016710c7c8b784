// dotnet run -c Release --project benchmarks/SimClr.Benchmarks -- --filter '*ViewOperations*'     (or '*': some minutes)
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using SimClr.Runtime;

ProcessSettings.ForTraining();
LibTorch.Load();
// In this process: a program that BenchmarkDotNet builds for itself would lack libtorch's folder.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default));
