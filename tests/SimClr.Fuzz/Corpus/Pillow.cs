using System.Buffers.Binary;
using System.Diagnostics;

namespace SimClr.Fuzz.Corpus;

/// <summary>Pillow, where it is installed (Debian: python3-pil), as the reference for decoded images.</summary>
internal static class Pillow
{
    private static readonly Lazy<string?> Interpreter = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasPillow));

    /// <summary>Whether Pillow is installed.</summary>
    public static bool IsThere => Interpreter.Value is not null;

    /// <summary>Creates the unusual images.</summary>
    public static void MakeOddImages(string folder)
    {
        using var python = Start(Script("odd_images.py"), folder);
        python.StandardInput.Close();
        string error = python.StandardError.ReadToEnd();
        python.WaitForExit();
        python.ExitCode.ShouldBe(0, error);
    }

    /// <summary>Pillow's result for each file, in order; null if it cannot read the file.</summary>
    public static IEnumerable<PillowImage?> Decode(IReadOnlyList<string> files)
    {
        using var python = Start(Script("decode.py"));
        python.ErrorDataReceived += (_, _) => { };
        python.BeginErrorReadLine();
        var names = Task.Run(() =>
        {
            foreach (string file in files) python.StandardInput.WriteLine(file);
            python.StandardInput.Close();
        });
        var pixels = python.StandardOutput.BaseStream;
        byte[] head = new byte[16];
        for (int i = 0; i < files.Count; i++)
        {
            pixels.ReadExactly(head);
            int[] numbers = [.. head.Chunk(4).Select(bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes))];
            byte[] values = new byte[numbers[0] * numbers[1] * numbers[2] * Math.Abs(numbers[3])];
            pixels.ReadExactly(values);
            yield return values.Length == 0 ? null : new(numbers[0], numbers[1], numbers[2], numbers[3], values);
        }
        names.GetAwaiter().GetResult();
        python.WaitForExit();
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Corpus", name);

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Interpreter.Value!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static bool HasPillow(string interpreter)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo(interpreter, ["-c", "import PIL"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
