using System.Globalization;

namespace SimClr.Cli.Output;

/// <summary>Linux.</summary>
internal sealed class LinuxConsole : HostConsole
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    // Those that Skia searches by default.
    public override IReadOnlyList<string> FontFolders =>
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
            ? ["/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(home, ".fonts"), Path.Combine(home, ".local", "share", "fonts")]
            : ["/usr/share/fonts", "/usr/local/share/fonts"];

    public override ulong IgnoredSignals()
    {
        const string Name = "SigIgn:";
        string? mask = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status")
            .FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) : null;
        return mask is null ? 0 : ulong.Parse(mask.AsSpan(Name.Length), NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite,
            CultureInfo.InvariantCulture);
    }

    public override bool IsOpen(int descriptor)
    {
        try
        {
            // Inherited descriptors lack the close-on-exec flag; all descriptors that .NET opens have it.
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            return !Directory.Exists("/proc/self/fdinfo"); // without /proc, assume that it was open
        }
    }
}
