using SimClr.RunFolders;

namespace SimClr.Cli.Tests.Commands;

/// <summary>A small run, trained once; tests copy and change it.</summary>
public sealed class TrainedRun : IDisposable
{
    internal const string Tiny = "--data builtin --limit 64 --epochs 2 --save-every 1 --image-size 16 --width 0.0625 --batch-size 32 --threads 1 --quiet";

    private readonly TemporaryFolder folder = new();

    public TrainedRun()
    {
        Said = InProcess.Run($"pretrain --output {In("runs", "done")} {Tiny}");
        Evaluated = InProcess.Run($"evaluate knn --weights {In("runs", "done")} --data builtin --threads 1 --json --quiet");
    }

    internal (int ExitCode, string Output, string Error) Said { get; }

    internal (int ExitCode, string Output, string Error) Evaluated { get; }

    internal string In(params string[] names) => folder.In(names);

    internal RunFolder Copy(string name)
    {
        TemporaryFolder.Copy(In("runs", "done"), In("runs", name));
        return new RunFolder(In("runs", name));
    }

    public void Dispose() => folder.Dispose();
}
