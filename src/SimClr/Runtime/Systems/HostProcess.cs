using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// What the operating systems do in different ways for a process: native libraries, environment, memory, threads. There is one class for
/// each system. What they do in different ways for files is in <see cref="IO.HostFiles"/>.
/// </summary>
internal abstract class HostProcess
{
    /// <summary>That of the system at work.</summary>
    public static HostProcess Current { get; } =
        OperatingSystem.IsWindows() ? new WindowsProcess() : OperatingSystem.IsMacOS() ? new MacProcess() : new LinuxProcess();

    /// <summary>The system and the processor of the packages of libtorch, as .NET names them: <c>linux-x64</c>.</summary>
    public abstract string RuntimeIdentifier { get; }

    /// <summary>The libraries of libtorch in the order of loading. The ones that a folder does not have are left out.</summary>
    public abstract IReadOnlyList<string> TorchLibraries { get; }

    /// <summary>The libraries of <see cref="TorchLibraries"/> through which the functions of the CUDA runtime are found.</summary>
    public abstract IReadOnlyList<string> CudaLibraries { get; }

    /// <summary>The file name of NVIDIA's driver; null if there is none for this system.</summary>
    public abstract string? CudaDriver { get; }

    /// <summary>Whether this machine has a GPU of NVIDIA's, with a driver.</summary>
    public virtual bool HasGpu => false;

    /// <summary>The file names of MPI libraries, in the order of preference.</summary>
    public abstract IReadOnlyList<string> MpiLibraries { get; }

    /// <summary>Where to get MPI, as a sentence.</summary>
    public abstract string MpiAdvice { get; }

    /// <summary>The file names of NVIDIA's library for several GPUs; empty if there is none for this system.</summary>
    public virtual IReadOnlyList<string> NcclLibraries => [];

    /// <summary>Whether <see cref="TensorMemory"/> can take the place of the C library's heap.</summary>
    public virtual bool ServesTensorMemory => false;

    /// <summary>The name of the processor; null if the system does not say.</summary>
    public abstract string? Processor { get; }

    /// <summary>The numbers of the processors that this process may use, as ranges: <c>0-3,8</c>.</summary>
    public virtual string AllowedProcessors => $"0-{Environment.ProcessorCount - 1}";

    /// <summary>The resident memory of this process, in bytes.</summary>
    public virtual long ResidentMemory => Environment.WorkingSet;

    /// <summary>The peak of <see cref="ResidentMemory"/>, in bytes.</summary>
    public abstract long PeakMemory { get; }

    /// <summary>Resets the peak to the resident memory now; false if the system does not allow it.</summary>
    public virtual bool ResetPeakMemory() => false;

    /// <summary>The name of a library's file: <c>libc10.so</c> for <c>c10</c>.</summary>
    public abstract string FileOf(string library);

    /// <summary>The name under which the system's compiler exports a function of C++.</summary>
    public virtual string NameOf(CppFunction function) => function.Itanium;

    /// <summary>Requires what libtorch needs of the system, before it is loaded.</summary>
    /// <param name="directory">The folder that libtorch is loaded from.</param>
    /// <exception cref="PlatformNotSupportedException">Something is missing; the message says how to get it.</exception>
    public virtual void RequireForTorch(string directory)
    {
    }

    /// <summary>Loads a native library from a file.</summary>
    /// <exception cref="PlatformNotSupportedException">It does not load; the message names the file and the reason.</exception>
    public nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new PlatformNotSupportedException(Explain(path, e.Message.Trim()), e);
        }
    }

    /// <summary>Loads TorchSharp's native part.</summary>
    /// <inheritdoc cref="Load" path="//exception"/>
    public virtual nint LoadBinding(string path) => Load(path);

    /// <summary>
    /// Lets <see cref="ScalarMemory"/> free the numbers that TorchSharp's native part frees. Does nothing on a system that has no way to.
    /// </summary>
    /// <param name="binding">The handle of that library.</param>
    public virtual void DelayFrees(nint binding)
    {
    }

    /// <summary>The functions that a library needs from libtorch, each with the library that has it.</summary>
    /// <param name="path">The file of the library.</param>
    public abstract IEnumerable<(string Library, string Symbol)> NeededSymbols(string path);

    /// <summary>Variables that native code reads when it is loaded, and their values for a program that trains.</summary>
    public virtual IReadOnlyList<(string Name, string Value)> TrainingVariables { get; } =
        [("OMP_WAIT_POLICY", "PASSIVE")]; // workers that spin take the cores from the threads that make the views

    /// <summary>Sets a variable of the environment that native code reads. A value that is already set stays.</summary>
    public abstract void SetVariable(string name, string value);

    /// <summary>Lowers the priority of the thread at work, so that it does not delay the threads that compute.</summary>
    public virtual void LowerThreadPriority()
    {
    }

    /// <summary>Says why a library does not load, as one sentence.</summary>
    protected virtual string Explain(string path, string message) => $"{path} does not load: {message}";
}
