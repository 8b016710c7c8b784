using System.Formats.Tar;
using System.IO.Compression;

namespace SimClr.Tests;

/// <summary>Real images in <c>shared/data</c> beside the repository, if present.</summary>
internal static class SharedData
{
    public const string Absent = "shared/data with the real images is not beside the repository";

    public static void Unpack(string archive, string folder)
    {
        var path = Find(archive);
        Assert.SkipWhen(path is null, Absent);
        using Stream file = File.OpenRead(path);
        using var plain = archive.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        TarFile.ExtractToDirectory(plain, folder, overwriteFiles: false);
    }

    private static string? Find(string archive)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var path = Path.Combine(at.FullName, "shared", "data", archive);
            if (File.Exists(path)) return path;
        }

        return null;
    }
}
