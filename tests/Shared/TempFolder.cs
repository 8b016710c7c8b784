namespace SimClr.Tests;

/// <summary>A temporary folder for one test, deleted afterwards.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("simclr-data-").FullName;

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The same path as the program names it: with / on every system.</summary>
    public string Named(params string[] parts) => At(parts).Replace('\\', '/');

    /// <summary>Writes a file and creates its folders.</summary>
    public string Write(string relative, byte[]? content = null)
    {
        var path = At(relative.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content ?? []);
        return path;
    }

    public void Dispose() => TestFolder.Delete(Root);
}
