using System.Diagnostics;
using SimClr.Cli.Commands;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Running;

/// <summary>Gives inputs to one reader, each in a folder in its original state.</summary>
internal sealed class Trial
{
    private const long PerByte = 64, ProcessFloor = 512L << 20;

    private readonly FuzzReader reader;
    private readonly string folder, file;
    private readonly HashSet<string> kept;

    public Trial(FuzzReader reader, string folder)
    {
        (this.reader, this.folder, file) = (reader, folder, Path.Combine(folder, reader.File));
        Directory.CreateDirectory(folder);
        foreach (var (name, bytes) in reader.Beside) Write(Path.Combine(folder, name), bytes);
        kept = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories), file];
        ResidentPeak.Reset();
    }

    /// <summary>Runs one input.</summary>
    public Outcome Run(byte[] input)
    {
        Write(file, input);
        long managed = GC.GetTotalAllocatedBytes(), resident = ResidentPeak.Bytes, start = Stopwatch.GetTimestamp();
        var (verdict, what) = Judge();
        var time = Stopwatch.GetElapsedTime(start);
        (managed, resident) = (GC.GetTotalAllocatedBytes() - managed, ResidentPeak.Bytes - resident);
        long allowed = reader.Allowance + PerByte * input.Length;
        if (verdict is Verdict.Accepted or Verdict.Refused && (managed > allowed || resident > 2 * allowed + ProcessFloor))
            (verdict, what) = (Verdict.Memory, $"{managed / 1e6:f0} MB allocated, {resident / 1e6:f0} MB more resident, for {input.Length} bytes");
        if (verdict == Verdict.Memory) ResidentPeak.Reset();
        TidyUp();
        return new(verdict, what, managed, resident, time);
    }

    private (Verdict, string) Judge()
    {
        try
        {
            reader.Read(file);
            return (Verdict.Accepted, "");
        }
        catch (BrokenPromiseException e)
        {
            return (Verdict.Impossible, e.Message);
        }
        catch (Exception e) when (reader.Refuses(e) && ErrorReport.IsMendable(e))
        {
            return !reader.NamesFile || Names(e.Message) ? (Verdict.Refused, e.Message) : (Verdict.Unnamed, Describe(e));
        }
        catch (Exception e)
        {
            return (Verdict.WrongException, Describe(e));
        }
    }

    // The file, or its folder if several files are inconsistent.
    private bool Names(string message) =>
        message.Contains(Path.GetFileName(file), StringComparison.Ordinal) || message.Contains(folder, StringComparison.Ordinal);

    private static string Describe(Exception e)
    {
        string at = (e.StackTrace ?? "").Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Contains("SimClr", StringComparison.Ordinal)) ?? "";
        return $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} {at}";
    }

    // Files that the reader left, such as the index of a tar, must not affect the next input.
    private void TidyUp()
    {
        foreach (string left in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(path => !kept.Contains(path))) File.Delete(left);
        foreach (var (name, bytes) in reader.Beside)
        {
            var beside = new FileInfo(Path.Combine(folder, name));
            if (!beside.Exists || beside.Length != bytes.Length || reader.Rewrites) Write(beside.FullName, bytes);
        }
        foreach (string made in Directory.GetDirectories(folder).Where(made => !kept.Any(path => path.StartsWith(made + Path.DirectorySeparatorChar, StringComparison.Ordinal)))) Directory.Delete(made, recursive: true);
    }

    private static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
