using SimClr.Runtime;
using TorchSharp;

var s = System.Diagnostics.Stopwatch.StartNew();
if (args.Length > 0) LibTorch.Load();
else System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(LibTorch).Module.ModuleHandle);
Console.WriteLine($"{LibTorch.Directory} {s.ElapsedMilliseconds} ms");
using var a = torch.randn(2048, 2048);
for (int t = 1; t <= 2; t++)
{
    torch.set_num_threads(t);
    for (int i = 0; i < 3; i++)
    {
        s.Restart();
        for (int j = 0; j < 4; j++) using (torch.mm(a, a)) { }
        Console.WriteLine($"{t} threads: {4 * 2.0 * 2048 * 2048 * 2048 / s.Elapsed.TotalSeconds / 1e9:f0} GFLOP/s");
    }
}
