using SimClr.Fuzz.Kills;

namespace SimClr.Fuzz;

/// <summary>
/// Two kills and a full disk. The long runs of CONTRIBUTING.md do the same more often, and with every command that resumes after a kill.
/// </summary>
[Trait("Duration", "Long")]
public sealed class KillTests
{
    [Fact]
    public void Pretraining_killed_at_a_random_moment_resumes_to_the_same_checkpoint()
    {
        using var loop = new KillLoop(Killable.Pretrain, seed: 1);
        loop.Run(2, KillLoop.Kill);
        loop.Problems.ShouldBeEmpty();
        loop.Kills.ShouldBe(2, "no kill came in time");
    }

    [Fact]
    public void A_full_disk_gives_one_sentence_and_keeps_the_old_checkpoint()
    {
        if (FullDisk.Run(1, seed: 1) is not { } ran)
        {
            Assert.Skip("needs root, to mount a small disk");
            return;
        }
        ran.Problems.ShouldBeEmpty();
        ran.Full.ShouldBe(1, "the disk was not too small");
    }
}
