namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class CompletionCommandTests
{
    // Calls the function as bash does: with the line and the position of the cursor.
    private static string[] Tab(params string[] lines)
    {
        string calls = string.Concat(lines.Select(l => $"COMP_LINE='{l}' COMP_POINT={l.TrimEnd('|').Length}; _simclr; echo \"${{COMPREPLY[*]}}\"\n"));
        return Shell.Run($"eval \"$(simclr completion bash)\"\n{calls}").TrimEnd('\n').Split('\n');
    }

    [Fact]
    public void Bash_completes_commands_options_and_names_and_its_own_file_names()
    {
        var found = Tab("simclr pre", "simclr evaluate k", "./simclr pretrain --ou", "simclr pretrain --recipe cifar10-c", "simclr views --data ", "simclr views --out ", "simclr prjunk", "simclr completion ");
        found[0].ShouldBe("pretrain");
        found[1].ShouldBe("knn");
        found[2].ShouldBe("--output");
        found[3].ShouldBe("cifar10-cpu cifar10-cpu-long");
        found[4].Split(' ').ShouldBe(["builtin", "cifar10", "cifar100", "stl10", "fashion-mnist"], ignoreOrder: true);
        found[5].ShouldBe("");
        found[6].ShouldBe("");
        found[7].Split(' ').ShouldBe(["bash", "zsh", "fish"], ignoreOrder: true);
    }

    [Fact]
    public void The_script_registers_the_function() =>
        Shell.Run("eval \"$(simclr completion bash)\"; complete -p simclr").Trim().ShouldBe("complete -o default -F _simclr simclr");

    [Fact]
    public void An_unknown_shell_is_refused_with_the_known_shells()
    {
        var (exitCode, output, error) = InProcess.Run("completion tcsh");
        (exitCode, output).ShouldBe((2, ""));
        error.ShouldEndWith("Must be one of: 'bash', 'zsh', 'fish'. See `simclr completion --help`.\n");
    }
}
