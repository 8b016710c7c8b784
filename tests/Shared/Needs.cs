namespace SimClr.Tests;

/// <summary>What some tests need and not every system has; without it a test is skipped, with the reason.</summary>
internal static class Needs
{
    public static void Linux(string what) => Assert.SkipUnless(OperatingSystem.IsLinux(), $"needs Linux: {what}");
}
