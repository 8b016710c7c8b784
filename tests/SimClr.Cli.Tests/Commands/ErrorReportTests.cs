using System.CommandLine;
using SimClr.Cli.Commands;
using SimClr.Pretraining;
using SimClr.Runs;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class ErrorReportTests
{
    public static TheoryData<Exception, int> Mendable => new()
    {
        { new ConfigurationException("a setting is wrong."), ErrorReport.Usage },
        { new InvalidDataException("a file is damaged."), ErrorReport.Failure },
        { new FileNotFoundException("a file is missing."), ErrorReport.Failure },
        { new UnauthorizedAccessException("a file is somebody else's."), ErrorReport.Failure },
        { new HttpRequestException("a server does not answer."), ErrorReport.Failure },
        { new TrainingDivergedException(3, "the gradient", 0.1), ErrorReport.Failure },
        { new PlatformNotSupportedException("there is no libtorch."), ErrorReport.Failure },
        { new InsufficientMemoryException("the device's memory is too small."), ErrorReport.Failure },
    };

    public static TheoryData<Exception> Defects =>
    [
        new ArgumentException("a caller's mistake"),
        new ArgumentOutOfRangeException("train", "an index"),
        new InvalidOperationException("an order that cannot be"),
        new KeyNotFoundException(),
        new NotSupportedException(),
        new OverflowException(),
    ];

    [Theory]
    [MemberData(nameof(Mendable))]
    public void A_user_error_is_one_line_and_an_exit_code(Exception e, int expected)
    {
        var (exitCode, error) = Run(e);
        exitCode.ShouldBe(expected);
        error.ShouldStartWith("simclr: ");
        error.ShouldEndWith("\n");
        error.TrimEnd('\n').ShouldNotContain("\n");
        error.ShouldNotContain("defect");
    }

    [Theory]
    [MemberData(nameof(Defects))]
    public void A_defect_shows_its_stack_and_where_to_report_it(Exception e)
    {
        var (exitCode, error) = Run(e);
        exitCode.ShouldBe(70);
        string[] lines = error.TrimEnd('\n').Split('\n');
        lines[0].ShouldStartWith($"simclr: this is a bug in simclr: {e.GetType().FullName}: ");
        lines.ShouldContain(line => line.StartsWith("   at ", StringComparison.Ordinal) && line.Contains(nameof(Fail), StringComparison.Ordinal));
        lines[^1].ShouldBe($"simclr: please report it, with the command, this text and the version ({PretrainRun.Version}).");
    }

    [Fact]
    public void Messages_of_a_rank_begin_with_its_name()
    {
        ErrorReport.Text(new InvalidDataException("a file is damaged."), "rank 1 of 2 on host").ShouldBe("simclr: rank 1 of 2 on host: a file is damaged.");
        ErrorReport.Text(new ArgumentException("mistake"), "rank 1 of 2 on host").ShouldStartWith("simclr: rank 1 of 2 on host: this is a bug in simclr: System.ArgumentException: mistake");
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB.\nException raised from malloc")]
    [InlineData("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.\nmore")]
    public void Out_of_memory_in_libtorch_is_a_failure_and_no_defect(string message)
    {
        var e = new FromLibtorch(message);
        ErrorReport.ExitCode(e).ShouldBe(ErrorReport.Failure);
        ErrorReport.Text(e).ShouldBe($"simclr: There is not enough memory: {message.Split('\n')[0]}");
        ErrorReport.ExitCode(new FromLibtorch("The size of tensor a (3) must match the size of tensor b (4)")).ShouldBe(ErrorReport.Defect);
    }

    // The program with an additional command that fails.
    private static (int ExitCode, string Error) Run(Exception e)
    {
        var commands = CommandLine.Create();
        var failing = new Command("fail");
        failing.SetAction(_ => Fail(e));
        commands.Add(failing);
        var errors = Console.Error;
        using var error = new StringWriter { NewLine = "\n" };
        try
        {
            Console.SetError(error);
            return (CommandLine.RunAsync(commands, ["fail"]).GetAwaiter().GetResult(), error.ToString());
        }
        finally
        {
            Console.SetError(errors);
        }
    }

    private static int Fail(Exception e) => throw e;

    private sealed class FromLibtorch(string message) : System.Runtime.InteropServices.ExternalException(message);
}
