namespace SimClr.IO;

/// <summary>Changes folders durably: a change is on the disk when the call returns, and survives a power cut.</summary>
internal static class DurableFolder
{
    /// <summary>Creates a folder and its missing parents.</summary>
    public static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder)!; // never null: the root exists
        Create(parent);
        Directory.CreateDirectory(folder);
        Flush(parent);
    }

    /// <inheritdoc cref="HostFiles.FlushFolder"/>
    public static void Flush(string folder) => HostFiles.Current.FlushFolder(folder);
}
