namespace SimClr.Cli.Tests.Commands;

/// <summary>
/// A stdout or stderr that cannot be written to: a full disk (/dev/full on Linux), a closed stream, a pipe without a reader.
/// </summary>
public sealed class BrokenStreamsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("simclr runs /nowhere 2> /dev/full", 1)]
    [InlineData("simclr runs /nowhere 2>&-", 1)]
    [InlineData("simclr --nonsense 2> /dev/full", 2)]
    [InlineData("simclr --version 2> /dev/full", 0)]
    [InlineData("simclr --version > /dev/full 2>&-", 1)]
    [InlineData("simclr --version >&- 2> /dev/full", 1)]
    public void A_stderr_that_takes_nothing_changes_no_exit_code(string line, int expected) => Shell.Run($"{line}\necho \"exit code $?\" > {folder.In("x")}; cat {folder.In("x")}").ShouldEndWith($"exit code {expected}\n");

    [Theory]
    [InlineData("> /dev/full", "No space left on device")]
    [InlineData(">&-", "it is closed")]
    public void Results_that_cannot_be_written_give_an_error_of_one_sentence(string redirection, string reason) =>
        Shell.Run($"simclr --version {redirection} 2> {folder.In("error")}\necho \"exit code $?\"; cat {folder.In("error")}")
            .ShouldBe($"exit code 1\nsimclr: What belongs on stdout could not be written there: {reason}.\n");

    [Fact]
    public void A_closed_pipe_ends_the_command_quietly() =>
        Shell.Run($"simclr --help 2> {folder.In("error")} | head -1\necho \"exit code ${{PIPESTATUS[0]}}\"; cat {folder.In("error")}")
            .ShouldBe("SimCLR: train an image encoder on images without labels, evaluate it and use it.\nexit code 0\n");

    [Theory]
    [Trait("Duration", "Long")]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    public void A_run_whose_notes_cannot_be_written_trains_to_its_end(string redirection)
    {
        Shell.Run($"simclr pretrain --data builtin --limit 32 --epochs 2 --image-size 8 --width 0.0625 --batch-size 16 --threads 1 --output {folder.In("run")} {redirection}\necho \"exit code $?\"")
            .ShouldBe("exit code 0\n");
        Directory.Exists(folder.In("run", "checkpoints", "step-000004")).ShouldBeTrue();
    }
}
