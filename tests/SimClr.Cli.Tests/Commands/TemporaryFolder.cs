using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

/// <summary>A temporary folder, deleted afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("simclr-test-");

    public string Path => folder.FullName;

    public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>The same path as the program names it: with / on every system.</summary>
    public string Named(params string[] names) => In(names).Replace('\\', '/');

    /// <summary>Copies a folder with its content.</summary>
    public static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }

    public void Dispose() => TestFolder.Delete(folder.FullName);
}
