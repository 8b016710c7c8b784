using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SimClr.Checkpoints;
using SimClr.Runtime;
using TorchSharp;

namespace SimClr.Tests.Checkpoints;

/// <summary>A process that only saves, and is killed repeatedly.</summary>
[Trait("Duration", "Long")]
public sealed class KilledSaverTests
{
    private const string FolderVariable = "SIMCLR_TEST_SAVE_UNTIL_KILLED";

    [Fact]
    public async Task A_process_killed_during_a_save_leaves_an_intact_newest_checkpoint()
    {
        LibTorch.Load();
        var folder = Directory.CreateTempSubdirectory("simclr-killed-").FullName;
        var store = new CheckpointStore(folder, 2);
        long last = -1;
        var leftovers = 0;
        for (int kill = 0; kill < 4; kill++)
        {
            using var saver = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(KilledSaverTests).Assembly.Location])
            {
                Environment = { [FolderVariable] = folder },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            // Its first save is complete; from here on every moment is equally good.
            (await saver.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("saved");
            await Task.Delay(1 + 13 * kill, TestContext.Current.CancellationToken);
            saver.Kill(); // SIGKILL
            await saver.WaitForExitAsync(TestContext.Current.CancellationToken);

            leftovers += Directory.GetDirectories(folder, "*.*").Length;
            using var scope = torch.NewDisposeScope();
            var problems = new List<string>();
            var loaded = store.LoadNewest(new Listener(problems.Add))!;
            CheckpointTests.ShouldBeSample(loaded);
            loaded.Step.ShouldBeGreaterThan(last);
            problems.ShouldBeEmpty();
            last = loaded.Step;
        }
        leftovers.ShouldBeGreaterThan(0, "no kill hit a save");
        Directory.Delete(folder, recursive: true);
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The process to be killed is this test program, started with a variable set; it must not run the tests.")]
    internal static void SaveUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { } folder) return;
        LibTorch.Load();
        var store = new CheckpointStore(folder, 2);
        for (long step = store.List().Select(c => c.Step).DefaultIfEmpty(0).Max() + 1; ; step++)
        {
            using var scope = torch.NewDisposeScope();
            store.Save(CheckpointTests.Sample(step));
            store.Save(CheckpointTests.Sample(step, generation: 1)); // over itself
            Console.WriteLine("saved");
        }
    }

    private sealed class Listener(Action<string> add) : IProgress<string>
    {
        public void Report(string value) => add(value);
    }
}
