using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace SimClr.Runtime;

/// <summary>
/// Finds and loads libtorch. It also makes TorchSharp's native part load on systems whose libstdc++ is older than the one it was linked
/// against.
/// </summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> of TorchSharp 0.107.0 requires the symbol version GLIBCXX_3.4.32 (GCC 13) of libstdc++ but uses no symbol of
/// it. Debian 12 and Ubuntu 22.04 have the libstdc++ of GCC 12, so the dynamic linker refuses the file. The remedy is a copy in memory in
/// which this requirement is marked weak. The copy uses memfd_create and writes nothing to a disk, so a read-only installation and several
/// processes at once work. All other requirements stay and are still checked.
/// </remarks>
public static partial class LibTorch
{
    /// <summary>
    /// The environment variable that names the <c>lib</c> folder of another libtorch, for example that of an installed PyTorch.
    /// </summary>
    public const string DirectoryVariable = "SIMCLR_LIBTORCH";

    /// <summary>
    /// The version (major and minor) of the libtorch that TorchSharp's native part was compiled with. Another version is used if it has
    /// every symbol that is needed.
    /// </summary>
    public static Version RequiredVersion { get; } = new(2, 10);

    private const string UnusedVersion = "GLIBCXX_3.4.32";

    /// <summary>The symbol version that the file requires but does not use.</summary>
    internal const string UnusedSymbol = "_ZSt21ios_base_library_initv";

    private static readonly Lock Gate = new();
    private static Dictionary<string, nint>? loaded;

    /// <summary>The folder that libtorch was loaded from; null before <see cref="Load"/>.</summary>
    public static string? Directory { get; private set; }

    /// <summary>
    /// Loads libtorch and TorchSharp's native part, once per process; later calls do nothing. Without this call the same happens at the
    /// first use of TorchSharp, but then the error messages are TorchSharp's. Nothing else in the process changes. The settings of the
    /// process that speed up training are in <see cref="ProcessSettings"/>, which must be called before. Any thread may call this.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">
    /// There is no libtorch for this system, its libstdc++ is older than GCC 12's, or the libtorch that the variable names lacks a symbol
    /// that TorchSharp or this library needs.
    /// </exception>
    /// <exception cref="DirectoryNotFoundException"><see cref="DirectoryVariable"/> names a folder without libtorch.</exception>
    /// <exception cref="ConfigurationException">The libtorch in that folder cannot be used beside the packaged one.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            loaded ??= LoadAll();
        }
    }

    /// <summary>Finds a symbol in one of libtorch's libraries, or in a library that it needs.</summary>
    /// <param name="library">For example <c>torch_cpu</c>.</param>
    /// <param name="symbol">The name of the symbol.</param>
    /// <param name="address">The address of the symbol.</param>
    internal static bool TryGetExport(string library, string symbol, out nint address)
    {
        Load();
        address = 0;
        return loaded!.TryGetValue(library, out nint handle) && NativeLibrary.TryGetExport(handle, symbol, out address);
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp must find its natives " +
        "whichever type of this library is touched first; this only registers where to look.")]
    internal static void Register() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;

    // The runtime calls this if it found no such file in the usual places.
    private static nint Resolve(Assembly assembly, string name)
    {
        if (assembly != typeof(LibTorch).Assembly && assembly.GetName().Name != "TorchSharp") return 0;
        Load();
        return loaded!.GetValueOrDefault(name);
    }

    private static Dictionary<string, nint> LoadAll()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new PlatformNotSupportedException(
                $"SimClr runs on 64-bit Linux on x86-64 (glibc); this is {RuntimeInformation.RuntimeIdentifier}, " +
                    $"for which there is no working libtorch package.");
        }

        var foreign = Environment.GetEnvironmentVariable(DirectoryVariable);
        var directory = string.IsNullOrEmpty(foreign) ? FindPackaged() : CheckForeign(foreign);

        var handles = new Dictionary<string, nint>();
        foreach (var name in (ReadOnlySpan<string>)["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"])
        {
            var path = Path.Combine(directory, $"lib{name}.so");
            if (File.Exists(path)) handles[name] = LoadFile(path, path);
        }
        var binding = FindBinding(directory);
        if (!string.IsNullOrEmpty(foreign)) RequiredSymbols.Check(handles["torch_cpu"], directory, binding);
        handles["LibTorchSharp"] = LoadBinding(binding);
        Directory = directory;
        TensorMemory.Serve(handles["c10"]);
        return handles;
    }

    private static string FindPackaged() =>
        PackagedDirectories().FirstOrDefault(d => File.Exists(Path.Combine(d, "libtorch_cpu.so")))
        ?? throw new PlatformNotSupportedException(
            $"No libtorch beside the program ({AppContext.BaseDirectory}): reference the package libtorch-cpu-linux-x64 " +
                $"{RequiredVersion}.0, or let {DirectoryVariable} name the lib folder of an installed PyTorch {RequiredVersion}.");

    private static string CheckForeign(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "libtorch_cpu.so")))
            throw new DirectoryNotFoundException($"{DirectoryVariable}={directory}: there is no libtorch_cpu.so in that folder.");
        if (PackagedDirectories().Skip(1).Any(d => File.Exists(Path.Combine(d, "libtorch_cpu.so"))))
        {
            throw new ConfigurationException(
                $"{DirectoryVariable} cannot be used here: a packaged libtorch_cpu.so lies where the .NET runtime loads it by itself, " +
                    $"and two of them in one process abort it. Reference libtorch-cpu-linux-x64 with ExcludeAssets=\"native\".");
        }
        return Path.GetFullPath(directory);
    }

    // The first folder is this project's own (Directory.Build.targets). The .NET runtime itself also looks in the others.
    private static IEnumerable<string> PackagedDirectories() =>
        [
            Path.Combine(AppContext.BaseDirectory, "libtorch"),
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        ];

    private static string FindBinding(string directory) =>
        PackagedDirectories().Prepend(directory).Select(d => Path.Combine(d, "libLibTorchSharp.so")).FirstOrDefault(File.Exists)
        ?? throw new PlatformNotSupportedException($"TorchSharp's libLibTorchSharp.so is " +
            $"not beside the program ({AppContext.BaseDirectory}).");

    private static nint LoadBinding(string path)
    {
        try
        {
            return LoadFile(path, path);
        }
        catch (PlatformNotSupportedException e) when (e.InnerException!.Message.Contains(UnusedVersion, StringComparison.Ordinal))
        {
            return LoadWithoutUnusedVersion(path);
        }
    }

    private static nint LoadWithoutUnusedVersion(string path)
    {
        var library = File.ReadAllBytes(path);
        _ = ElfVersionRequirements.MakeWeak(library, UnusedVersion);
        int fd = CreateMemoryFile("libLibTorchSharp.so", 0);
        if (fd < 0)
            throw new PlatformNotSupportedException($"{path} needs a copy in memory on this system, " +
                $"and memfd_create failed with errno {Marshal.GetLastPInvokeError()}.");
        using var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true), FileAccess.Write);
        file.Write(library);
        file.Flush();
        return LoadFile($"/proc/self/fd/{fd}", path);
    }

    // The name is the one that a message has.
    private static nint LoadFile(string file, string name)
    {
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new PlatformNotSupportedException(
                e.Message.Contains("GLIBC", StringComparison.Ordinal)
                    ? $"{name} needs a newer C or C++ library than this system has (GCC 12's libstdc++ at least: " +
                        $"Debian 12, Ubuntu 22.04 or later): {e.Message.Trim()}"
                    : $"{name} does not load: {e.Message.Trim()}", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
