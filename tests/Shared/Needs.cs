namespace SimClr.Tests;

/// <summary>What some tests need and not every system has; without it a test is skipped, with the reason.</summary>
internal static class Needs
{
    private static readonly Lazy<bool> HasLinks = new(FollowsLinks);

    public static void Linux(string what) => Assert.SkipUnless(OperatingSystem.IsLinux(), $"needs Linux: {what}");

    public static void Links() =>
        Assert.SkipUnless(HasLinks.Value, "needs symbolic links: Wine 10 has none, and Windows allows them in its developer mode");

    private static bool FollowsLinks()
    {
        string folder = Directory.CreateTempSubdirectory("simclr-links-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "file"), "read");
            File.CreateSymbolicLink(Path.Combine(folder, "link"), Path.Combine(folder, "file"));
            return File.ReadAllText(Path.Combine(folder, "link")) == "read";
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            TestFolder.Delete(folder);
        }
    }
}
