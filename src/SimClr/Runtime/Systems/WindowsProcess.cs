using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using SimClr.IO;

namespace SimClr.Runtime;

/// <summary>Windows on x86-64.</summary>
internal sealed unsafe partial class WindowsProcess : HostProcess
{
    private const int LongestPath = 259; // of a library, in characters
    private const int JumpLength = 12;
    private const uint ReadWriteExecute = 0x40; // PAGE_EXECUTE_READWRITE
    private const string Redistributable = "https://aka.ms/vs/17/release/vc_redist.x64.exe";

    // libtorch is compiled by a Visual C++ whose mutexes older runtimes do not know: they end the process with an access violation.
    private static readonly Version OldestRuntime = new(14, 40);

    // So THSTorch_dispose_scalar of TorchSharp 0.107.0 begins: test rcx, rcx; je; push rbx; sub rsp, 32. It has 38 bytes.
    private static ReadOnlySpan<byte> DisposeScalar => [0x48, 0x85, 0xC9, 0x74, 0x20, 0x53, 0x48, 0x83, 0xEC, 0x20];

    public override string RuntimeIdentifier => "win-x64";

    public override IReadOnlyList<string> TorchLibraries { get; } =
        ["libiomp5md", "c10", "torch_cpu", "cudart64_12", "cudart64_13", "c10_cuda", "torch_cuda", "torch"];

    public override IReadOnlyList<string> CudaLibraries { get; } = ["cudart64_12", "cudart64_13"];

    public override string? CudaDriver => "nvcuda.dll";

    public override bool HasGpu => HostFiles.Current.TryLoadLibrary("nvcuda.dll", out _);

    public override IReadOnlyList<string> MpiLibraries { get; } = ["msmpi.dll"];

    public override string MpiAdvice => "Microsoft's is msmpisetup.exe of MS-MPI.";

    public override string? Processor => Brand() is { Length: > 0 } name ? name : null;

    public override string AllowedProcessors =>
        GetProcessAffinityMask(CurrentProcess, out nuint own, out _)
            ? string.Join(',', Enumerable.Range(0, 64).Where(processor => (own >> processor & 1) != 0))
            : base.AllowedProcessors;

    public override long PeakMemory
    {
        get
        {
            var counters = new MemoryCounters { Size = (uint)sizeof(MemoryCounters) };
            return GetProcessMemoryInfo(CurrentProcess, ref counters, counters.Size) ? (long)counters.PeakWorkingSet : 0;
        }
    }

    private static nint CurrentProcess => -1; // the handle that GetCurrentProcess returns

    // Without the second one Intel's OpenMP ends the process at Ctrl+C, before the program has saved.
    public override IReadOnlyList<(string Name, string Value)> TrainingVariables { get; } =
        [("OMP_WAIT_POLICY", "PASSIVE"), ("FOR_DISABLE_CONSOLE_CTRL_HANDLER", "1")];

    public override string FileOf(string library) => $"{library}.dll";

    public override string NameOf(CppFunction function) => function.Microsoft;

    public override void RequireForTorch(string directory)
    {
        foreach (string name in (ReadOnlySpan<string>)["msvcp140.dll", "vcruntime140.dll", "vcruntime140_1.dll"])
        {
            string beside = Path.Combine(directory, name);
            if (!NativeLibrary.TryLoad(File.Exists(beside) ? beside : Path.Combine(Environment.SystemDirectory, name), out nint runtime))
                throw new PlatformNotSupportedException($"{name} is missing: install the Visual C++ runtime from {Redistributable}.");
            if (VersionOf(runtime) is { } version && version < OldestRuntime)
            {
                throw new PlatformNotSupportedException($"{name} has the version {version}, and libtorch needs {OldestRuntime} or later: " +
                    $"install the Visual C++ runtime from {Redistributable}.");
            }
        }
    }

    // The function's code becomes a jump: mov rax, FreeScalar; jmp rax. The import of free would not do: threads that end call it too,
    // when managed code must not run.
    public override void DelayFrees(nint binding)
    {
        if (!NativeLibrary.TryGetExport(binding, "THSTorch_dispose_scalar", out nint function)) return;
        var code = new Span<byte>((void*)function, JumpLength);
        if (!code.StartsWith(DisposeScalar) || !Protect(function, JumpLength, ReadWriteExecute, out uint before)) return;
        ((ReadOnlySpan<byte>)[0x48, 0xB8]).CopyTo(code);
        BinaryPrimitives.WriteInt64LittleEndian(code[2..], (nint)(delegate* unmanaged[Cdecl]<void*, void>)&FreeScalar);
        ((ReadOnlySpan<byte>)[0xFF, 0xE0]).CopyTo(code[10..]);
        _ = Protect(function, JumpLength, before, out _);
        _ = FlushInstructions(CurrentProcess, function, JumpLength);
    }

    public override IEnumerable<(string Library, string Symbol)> NeededSymbols(string path) =>
        from import in PeImports.Of(File.ReadAllBytes(path))
        let library = Path.GetFileNameWithoutExtension(import.Library)
        where TorchLibraries.Contains(library)
        select (library, import.Symbol);

    // _putenv_s changes both environments: that of the C runtime, which libtorch reads, and that of the process, which OpenMP reads.
    public override void SetVariable(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) _ = SetEnvironment(name, value);
    }

    public override void LowerThreadPriority() => Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;

    protected override string Explain(string path, string message) =>
        path.Length <= LongestPath ? base.Explain(path, message)
            : $"{path} does not load: the path has {path.Length} characters, and Windows loads no library from one " +
                $"with more than {LongestPath}; move the program to a folder with a shorter name.";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeScalar(void* scalar) => ScalarMemory.Free(scalar, ScalarMemory.Size);

    // Of the file that was loaded, which may be another one than that in the system's folder; null if the file names none.
    private static Version? VersionOf(nint library)
    {
        char* path = stackalloc char[LongestPath + 1];
        int length = GetModuleFileName(library, path, LongestPath + 1);
        if (length is 0 or > LongestPath) return null;
        var found = FileVersionInfo.GetVersionInfo(new string(path, 0, length));
        return found.FileMajorPart == 0 ? null : new(found.FileMajorPart, found.FileMinorPart, found.FileBuildPart);
    }

    // The brand string of the CPUID instruction.
    private static string Brand()
    {
        const int First = unchecked((int)0x80000002);
        if (!X86Base.IsSupported) return "";
        Span<int> name = stackalloc int[12];
        for (int part = 0; part < 3; part++)
            (name[4 * part], name[4 * part + 1], name[4 * part + 2], name[4 * part + 3]) = X86Base.CpuId(First + part, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(name)).Trim('\0', ' ');
    }

    // PROCESS_MEMORY_COUNTERS
    private struct MemoryCounters
    {
        public uint Size;
        public readonly uint PageFaults;
        public readonly nuint PeakWorkingSet, WorkingSet, PeakPagedPool, PagedPool, PeakNonPagedPool, NonPagedPool, PageFile, PeakPageFile;
    }

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value);

    [LibraryImport("kernel32", EntryPoint = "VirtualProtect")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Protect(nint address, nuint bytes, uint protection, out uint before);

    [LibraryImport("kernel32", EntryPoint = "FlushInstructionCache")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushInstructions(nint process, nint address, nuint bytes);

    [LibraryImport("kernel32", EntryPoint = "K32GetProcessMemoryInfo")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetProcessMemoryInfo(nint process, ref MemoryCounters counters, uint size);

    [LibraryImport("kernel32", EntryPoint = "GetProcessAffinityMask")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetProcessAffinityMask(nint process, out nuint own, out nuint system);

    [LibraryImport("kernel32", EntryPoint = "GetModuleFileNameW")]
    private static partial int GetModuleFileName(nint module, char* path, int size);
}
