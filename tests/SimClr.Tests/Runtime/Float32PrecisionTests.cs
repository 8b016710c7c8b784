using SimClr.Runtime;
using static TorchSharp.torch;

namespace SimClr.Tests.Runtime;

public sealed class Float32PrecisionTests
{
    private static (bool, bool) Setting => (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);

    [Fact]
    public void It_is_set_within_and_restored_afterwards()
    {
        var before = Setting;
        using (Float32Precision.Of(Precision.Bf16))
        {
            Setting.ShouldBe((true, true));
            using (Float32Precision.Exact()) Setting.ShouldBe((false, false));
            Setting.ShouldBe((true, true));
        }
        using (Float32Precision.Of(Precision.Fp32))
        {
            Setting.ShouldBe((false, false));
            using (Float32Precision.Of(Precision.Tf32)) Setting.ShouldBe((false, false)); // exact comes first
        }
        Setting.ShouldBe(before);
    }

    [Fact]
    public void Threads_do_not_disturb_each_other()
    {
        var before = Setting;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (thread % 2 == 0)
                {
                    using var exact = Float32Precision.Exact();
                    Setting.ShouldBe((false, false)); // whatever the others ask for
                }
                else Float32Precision.Of(Precision.Bf16).Dispose();
            }
        });
        Setting.ShouldBe(before);
    }
}
