using System.Runtime.InteropServices;
using System.Text.Json;
using SimClr.Fuzz.Readers;

namespace SimClr.Fuzz.Running;

/// <summary>
/// The position of a worker, in a file that outlives it. After a crash the next worker continues behind the input that caused it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct Progress
{
    public int Reader, Mutation, Slowest;
    public long Accepted, Refused, MostManaged, MostResident, LongestMilliseconds, Ticks;

    public static Progress Load(string path) => File.Exists(path) ? MemoryMarshal.Read<Progress>(File.ReadAllBytes(path)) : new Progress { Mutation = -1 };

    /// <summary>Writes the line of a reader.</summary>
    public readonly void Finish(string folder, FuzzReader reader, int inputs) => File.AppendAllText(
        Path.Combine(folder, Worker.RowsFile),
        JsonSerializer.Serialize(new ReaderRow(reader.Name, inputs, Accepted, Refused, MostManaged, MostResident, LongestMilliseconds, Slowest, TimeSpan.FromTicks(Ticks).TotalSeconds)) + "\n");

    public readonly void Save(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var copy = this;
        RandomAccess.Write(file, MemoryMarshal.AsBytes(new ReadOnlySpan<Progress>(in copy)), 0);
    }
}
