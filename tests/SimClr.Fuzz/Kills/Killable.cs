using System.Globalization;
using System.Security.Cryptography;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Kills;

/// <summary>A command that resumes after a kill with the same result as without one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Begin">The command line, given a folder of its own.</param>
/// <param name="Resume">The command line that resumes it.</param>
/// <param name="Results">Patterns of the files in the folder that must be identical, byte for byte.</param>
internal sealed record Killable(string Name, Func<string, string> Begin, Func<string, string> Resume, params string[] Results)
{
    private const string Tiny = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1 --quiet";

    /// <summary>A run of 48 steps that saves a checkpoint every four steps.</summary>
    public static Killable Pretrain { get; } = Resumed("pretrain", f => $"pretrain --data builtin --limit 64 --epochs 12 --save-every 4 {Tiny} --output {f}/run", "run/checkpoints/step-000048/*");

    /// <summary>All commands that resume after a kill. Creates a few small inputs below a folder; they must stay.</summary>
    public static IReadOnlyList<Killable> All(string inputs)
    {
        ProgramRun.Run($"pretrain --data builtin --limit 64 --epochs 1 {Tiny} --output {inputs}/weights").ExitCode.ShouldBe(0);
        string tar = Path.Combine(inputs, "many.tar");
        ManyRecords(tar, 20_000);
        return
        [
            Pretrain,
            Resumed("embed", f => $"embed --weights {inputs}/weights --data builtin --threads 1 --quiet --output {f}/x.npy", "x.npy", "x.index.csv"),
            Resumed("embed to parquet", f => $"embed --weights {inputs}/weights --data builtin --part test --threads 1 --quiet --output {f}/x.parquet", "x.parquet"),
            Resumed("pack", f => $"pack --data builtin --images-per-shard 100 --threads 1 --quiet --output {f}/shards", "shards/**"),
            Plain("index of a tar", f => $"views --data {f}/many.tar --images 1 --pairs 1 --image-size 16 --output {f}/x.png", "many.*", "x.png") with { Given = [tar] },
        ];
    }

    /// <summary>Files in the folder before the command starts.</summary>
    public IReadOnlyList<string> Given { get; init; } = [];

    /// <summary>Creates a folder for one round.</summary>
    public string Folder(string below, string name)
    {
        string folder = Path.Combine(below, name);
        Directory.CreateDirectory(folder);
        foreach (string file in Given)
        {
            string copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetLastWriteTimeUtc(copy, DateTime.UnixEpoch); // part of an index
        }
        return folder;
    }

    /// <summary>The results in a folder: names and hashes, one per line.</summary>
    public string Fingerprint(string folder)
    {
        var files = Results.SelectMany(pattern => pattern.EndsWith("**", StringComparison.Ordinal)
            ? Directory.GetFiles(Path.Combine(folder, pattern[..^2]), "*", SearchOption.AllDirectories)
            : Directory.GetFiles(Path.Combine(folder, Path.GetDirectoryName(pattern)!), Path.GetFileName(pattern)));
        return string.Join('\n', files.Distinct().Order(StringComparer.Ordinal).Select(file => $"{Path.GetRelativePath(folder, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));
    }

    private static Killable Resumed(string name, Func<string, string> begin, params string[] results) => new(name, begin, folder => begin(folder) + " --resume", results);

    private static Killable Plain(string name, Func<string, string> command, params string[] results) => new(name, command, command, results);

    private static void ManyRecords(string tar, int records)
    {
        byte[] image = ImageReaders.Encoded(SkiaSharp.SKEncodedImageFormat.Png, 16, 16);
        using var stream = File.Create(tar);
        using var writer = new System.Formats.Tar.TarWriter(stream, System.Formats.Tar.TarEntryFormat.Ustar);
        for (int i = 0; i < records; i++)
            writer.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, i.ToString("d6", CultureInfo.InvariantCulture) + ".png") { DataStream = new MemoryStream(image) });
    }
}
