using System.Diagnostics;

namespace SimClr.Tests;

/// <summary>Runs PyTorch and torchvision where they are installed (Debian: python3-torch, python3-torchvision).</summary>
internal static class Python
{
    private static readonly Lazy<string?> Interpreter = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(p => Start(p, "import torch, torchvision").ExitCode == 0));

    /// <summary>The output of a Python program. Skips the test, with the reason, if Python or a module is missing.</summary>
    public static string Run(string program)
    {
        Assert.SkipWhen(Interpreter.Value is null, "needs Python with torch and torchvision (Debian: python3-torch, python3-torchvision)");
        var (exitCode, output, error) = Start(Interpreter.Value!, program);
        exitCode.ShouldBe(0, error);
        return output.Trim();
    }

    private static (int ExitCode, string Output, string Error) Start(string interpreter, string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(interpreter, ["-c", program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "");
        }
    }
}
