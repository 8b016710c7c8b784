using System.Diagnostics;
using SimClr.Cli.Tests.Commands;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Packaging;

/// <summary>The program as the standalone one is: without libvips beside it.</summary>
public sealed class MissingLibvipsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_AVIF_is_refused_with_what_helps()
    {
        Needs.Linux("links to all files of the program but libvips");
        Assert.SkipWhen(System.Runtime.InteropServices.NativeLibrary.TryLoad("/usr/lib/x86_64-linux-gnu/libvips.so.42", out nint _), "the system has libvips");
        Directory.CreateDirectory(folder.In("program"));
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith("libvips", StringComparison.Ordinal) || name.EndsWith(".deps.json", StringComparison.Ordinal)) continue;
            if (name.StartsWith("SimClr.Cli.", StringComparison.Ordinal)) File.Copy(file, folder.In("program", name));
            else File.CreateSymbolicLink(folder.In("program", name), file);
        }
        Directory.CreateDirectory(folder.In("photos"));
        File.WriteAllBytes(folder.In("photos", "a.avif"), [0, 0, 0, 20, .. "ftypavif"u8, 0, 0, 0, 0, .. "mif1"u8]);

        var start = new ProcessStartInfo("dotnet",
            [folder.In("program", "SimClr.Cli.dll"), "views", "--data", folder.In("photos"), "--out", folder.In("x.png")])
        { RedirectStandardError = true };
        using var program = Process.Start(start)!;
        string error = program.StandardError.ReadToEnd();
        program.WaitForExit();

        program.ExitCode.ShouldBe(1);
        error.ShouldEndWith("a.avif is an AVIF image, and libvips, which reads it, is missing: refer to the package NetVips.Native, " +
            "install libvips (Debian: libvips42), or convert the image: avifdec IN OUT.png.\n");
    }
}
