using System.Runtime.InteropServices;

namespace SimClr.Fuzz.Running;

/// <summary>Where a worker is, in a file that outlives it: who starts it again after a crash goes on behind the input that it died of.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct Progress
{
    public int Reader, Mutation;
    public long Accepted, Refused, MostManaged, MostResident, LongestMilliseconds, Milliseconds;

    public static Progress Load(string path) => File.Exists(path) ? MemoryMarshal.Read<Progress>(File.ReadAllBytes(path)) : new Progress { Mutation = -1 };

    public readonly void Save(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var copy = this;
        RandomAccess.Write(file, MemoryMarshal.AsBytes(new ReadOnlySpan<Progress>(in copy)), 0);
    }
}
