namespace SimClr.IO;

/// <summary>Paths as they are stored, sorted and hashed: with <c>/</c> between their parts on every system.</summary>
internal static class PortablePath
{
    /// <summary>The path with <c>/</c>. On Linux and macOS a <c>\</c> is part of a name and stays.</summary>
    public static string Of(string path) => HostFiles.Current.Portable(path);

    /// <summary><see cref="Path.Combine(string, string)"/>, with <c>/</c>.</summary>
    public static string Combine(string folder, string name) => Of(Path.Combine(folder, name));

    /// <summary><see cref="Path.Combine(string, string, string)"/>, with <c>/</c>.</summary>
    public static string Combine(string root, string folder, string name) => Of(Path.Combine(root, folder, name));
}
