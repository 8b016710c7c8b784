namespace SimClr.Tests;

/// <summary>Files that are too large for the repository: a folder <c>shared</c> beside it, if present.</summary>
internal static class SharedFolder
{
    /// <summary>The folder of that name in it; skips the test, with the reason, if it is absent.</summary>
    public static string Find(string name)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", name);
            if (Directory.Exists(candidate)) return candidate;
        }
        Assert.Skip($"needs ../shared/{name}, which is not part of the repository");
        return "";
    }
}
