using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace SimClr.Runtime;

/// <summary>Finds and loads libtorch and TorchSharp's native part.</summary>
public static class LibTorch
{
    /// <summary>
    /// The environment variable that names the <c>lib</c> folder of another libtorch, for example that of an installed PyTorch.
    /// </summary>
    public const string DirectoryVariable = "SIMCLR_LIBTORCH";

    /// <summary>
    /// The version (major and minor) of the libtorch that TorchSharp's native part was compiled with. Another version is used if it has
    /// every symbol that is needed and the same layout of tensors.
    /// </summary>
    public static Version RequiredVersion { get; } = new(2, 10);

    private static HostProcess Host => HostProcess.Current;

    // The folder that the variable names; null if it names none.
    private static string? Foreign => Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 } named ? named : null;

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
    /// There is no libtorch for this system, the system's C++ runtime is missing or too old (Linux: GCC 12's libstdc++; Windows: Visual
    /// C++ 14.40), or the libtorch that the variable names lacks a symbol that TorchSharp or this library needs, or lays
    /// out its tensors in another way.
    /// </exception>
    /// <exception cref="DirectoryNotFoundException"><see cref="DirectoryVariable"/> names a folder without libtorch.</exception>
    /// <exception cref="ConfigurationException">The libtorch in that folder cannot be used beside the packaged one.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (loaded is not null) return;
            loaded = LoadAll();
        }
        if (Foreign is null) return;
        try
        {
            // Outside the lock: this initializes TorchSharp, and a thread that is doing so already may be waiting for the lock.
            RequiredLayout.Check(Directory!, RequiredSymbols.Version(loaded));
        }
        catch (PlatformNotSupportedException)
        {
            lock (Gate) loaded = null; // the next call says it again
            throw;
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
        if (!Host.RuntimeIdentifier.EndsWith($"-{RuntimeInformation.ProcessArchitecture}", StringComparison.OrdinalIgnoreCase))
        {
            throw new PlatformNotSupportedException(
                $"SimClr trains on linux-x64 (glibc), win-x64 and osx-arm64; this is {RuntimeInformation.RuntimeIdentifier}, " +
                    $"for which there is no working libtorch package.");
        }

        var directory = Foreign is { } foreign ? CheckForeign(foreign) : FindPackaged();
        Host.RequireForTorch(directory);

        var handles = new Dictionary<string, nint>();
        foreach (string name in Host.TorchLibraries)
        {
            string path = Path.Combine(directory, Host.FileOf(name));
            if (File.Exists(path)) handles[name] = Host.Load(path);
        }
        var binding = FindBinding(directory);
        if (Foreign is not null) RequiredSymbols.Check(handles, directory, binding);
        handles["LibTorchSharp"] = Host.LoadBinding(binding);
        Directory = directory;
        // Code of a collectible context may be unloaded, and native code would go on calling it.
        if (AssemblyLoadContext.GetLoadContext(typeof(LibTorch).Assembly) is not { IsCollectible: true })
        {
            if (Host.ServesTensorMemory) TensorMemory.Serve(handles["c10"]);
            Host.DelayFrees(handles["LibTorchSharp"]);
        }
        return handles;
    }

    private static string FindPackaged() =>
        PackagedDirectories().FirstOrDefault(HasTorch)
        ?? throw new PlatformNotSupportedException(
            $"No libtorch beside the program ({AppContext.BaseDirectory}): reference the package {Package} " +
                $"{RequiredVersion}.0, or let {DirectoryVariable} name the lib folder of an installed PyTorch {RequiredVersion}.");

    private static string CheckForeign(string directory)
    {
        string file = Host.FileOf("torch_cpu");
        if (!HasTorch(directory))
            throw new DirectoryNotFoundException($"{DirectoryVariable}={directory}: there is no {file} in that folder.");
        if (PackagedDirectories().Skip(1).Any(HasTorch))
        {
            throw new ConfigurationException(
                $"{DirectoryVariable} cannot be used here: a packaged {file} lies where the .NET runtime loads it by itself, " +
                    $"and two of them in one process abort it. Reference {Package} with ExcludeAssets=\"native\".");
        }
        return Path.GetFullPath(directory);
    }

    private static string Package => $"libtorch-cpu-{Host.RuntimeIdentifier}";

    private static bool HasTorch(string directory) => File.Exists(Path.Combine(directory, Host.FileOf("torch_cpu")));

    // The first folder is this project's own (Directory.Build.targets). The .NET runtime itself also looks in the others.
    private static IEnumerable<string> PackagedDirectories() =>
        [
            Path.Combine(AppContext.BaseDirectory, "libtorch"),
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", Host.RuntimeIdentifier, "native"),
        ];

    private static string FindBinding(string directory) =>
        PackagedDirectories().Prepend(directory).Select(d => Path.Combine(d, Host.FileOf("LibTorchSharp"))).FirstOrDefault(File.Exists)
        ?? throw new PlatformNotSupportedException($"TorchSharp's {Host.FileOf("LibTorchSharp")} is " +
            $"not beside the program ({AppContext.BaseDirectory}).");
}
