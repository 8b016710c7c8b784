namespace SimClr.Fuzz;

/// <summary>The folder that this was built from, where it is still there.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "SimClr.slnx"))) at = at.Parent;
        return at?.FullName ?? AppContext.BaseDirectory;
    }
}
