using System.IO.Compression;
using System.Runtime.InteropServices;
using SimClr.Runtime;

namespace SimClr.Models;

/// <summary>
/// Compiles the program of a TorchScript file where a failure can be caught. If libtorch does not know an operator of a program, it throws
/// an exception that TorchSharp's load function does not catch, which would end the process. <c>torch_parallel_for</c> catches every
/// exception. So it calls this load function here, with a copy of the file without tensors: the program is compiled, and then nothing is
/// made of it, because the first tensor is missing.
/// </summary>
internal static unsafe partial class ScriptCompilation
{
    /// <summary>Whether libtorch can compile the program. If not, it writes its reason to stderr.</summary>
    /// <param name="script">The content of the file; borrowed.</param>
    public static bool Succeeds(byte[] script)
    {
        // THSJIT_load(const char* file, int64_t device, int64_t index); a device that is neither 1 nor 13 is the CPU.
        if (!LibTorch.TryGetExport("LibTorchSharp", "THSJIT_load", out nint load)) return true;
        string file = Path.GetTempFileName();
        try
        {
            WriteWithoutTensors(script, file);
            nint name = Marshal.StringToHGlobalAnsi(file); // as TorchSharp gives names to libtorch
            try
            {
                return ParallelFor(name, name + 1, 1, (delegate* unmanaged[Cdecl]<long, long, nint, void>)load, -1) == 0;
            }
            finally
            {
                Marshal.FreeHGlobal(name);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void WriteWithoutTensors(byte[] script, string file)
    {
        using var archive = new ZipArchive(new MemoryStream(script), ZipArchiveMode.Read);
        using var copy = new ZipArchive(new FileStream(file, FileMode.Create), ZipArchiveMode.Create);
        foreach (var record in archive.Entries.Where(record => record.FullName.Split('/') is not [_, "data", ..]))
        {
            using var from = record.Open();
            using var to = copy.CreateEntry(record.FullName, CompressionLevel.NoCompression).Open();
            from.CopyTo(to);
        }
    }

    [LibraryImport("torch_cpu", EntryPoint = "torch_parallel_for")]
    private static partial int ParallelFor(long begin, long end, long grain,
        delegate* unmanaged[Cdecl]<long, long, nint, void> body, nint state);
}
