namespace SimClr.Tests;

/// <summary>Folders of tests, and the paths in them.</summary>
internal static class TestFolder
{
    /// <summary>The path relative to a folder, with / on every system.</summary>
    public static string Relative(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    /// <summary>
    /// Deletes a folder and all in it. A data set keeps its file open until the garbage collector takes it, and Windows deletes no folder
    /// that holds an open file.
    /// </summary>
    public static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The bytes of a file that somebody is writing, as other programs read it.</summary>
    public static byte[] ReadBesideWriter(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
