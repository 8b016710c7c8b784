using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary><c>peak</c>: a product of two square matrices, the peak of a device's arithmetic.</summary>
internal sealed class DeviceProducts : IDeviceBenchmark
{
    private readonly Tensor a, b;
    private Tensor? c;

    public DeviceProducts(int side, Precision precision, Device device)
    {
        if (device.type == TorchSharp.DeviceType.CUDA) backends.cuda.matmul.allow_tf32 = precision == Precision.Tf32;
        var type = precision == Precision.Bf16 ? bfloat16 : float32;
        a = randn([side, side], type, device);
        b = randn([side, side], type, device);
    }

    public double Units => 0;

    public double Flops => 2.0 * a.shape[0] * a.shape[0] * a.shape[0];

    public void Run()
    {
        c?.Dispose();
        c = a.mm(b);
    }

    public void Wait() => _ = c![0, 0].to(float32).item<float>();

    public void Dispose()
    {
        a.Dispose();
        b.Dispose();
        c?.Dispose();
    }
}
