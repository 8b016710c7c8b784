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

    /// <summary>Writes the same small image under several names.</summary>
    public void WriteImages(params string[] relative)
    {
        foreach (string file in relative) Write(file, TinyImages.Any);
    }

    public void Dispose() => TestFolder.Delete(Root);
}
