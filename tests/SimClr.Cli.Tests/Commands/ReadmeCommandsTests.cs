namespace SimClr.Cli.Tests.Commands;

/// <summary>The commands under "Your own photos" in README, run one after the other on a folder of small images.</summary>
[Collection(InProcess.Name)]
public sealed class ReadmeCommandsTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Your_own_photos_in_four_commands()
    {
        string readme = File.ReadAllText(Path.Combine(ReadmeTests.Root, "README.md"));
        int start = readme.IndexOf("## Your own photos", StringComparison.Ordinal);
        string[] commands = [.. readme[start..readme.IndexOf("\n## ", start + 1, StringComparison.Ordinal)].Split('\n').Where(line => line.StartsWith("simclr ", StringComparison.Ordinal))];
        commands.Length.ShouldBe(4);

        string flat = folder.In("my-photos"), run = folder.In("runs", "mine"), similar = folder.In("similar.png");
        Directory.CreateDirectory(flat); // no labels: files beside each other
        foreach (string name in Photos.Sorted.Where(name => name != Photos.Damaged)) File.Copy(photos.In(name), Path.Combine(flat, Path.GetFileName(name)));
        foreach (string command in commands)
        {
            string typed = command["simclr ".Length..].Replace("my-photos", flat, StringComparison.Ordinal).Replace("runs/mine", run, StringComparison.Ordinal).Replace("similar.png", similar, StringComparison.Ordinal);
            if (typed.StartsWith("pretrain ", StringComparison.Ordinal) || typed.StartsWith("doctor ", StringComparison.Ordinal)) typed += $" --epochs 1 {Photos.Small}"; // seconds instead of hours
            var (exitCode, output, error) = InProcess.Run(typed);
            exitCode.ShouldBe(0, command + "\n" + output + error);
        }
        File.Exists(Path.Combine(run, "report.html")).ShouldBeTrue();
        new FileInfo(similar).Length.ShouldBeGreaterThan(1000);
    }
}
