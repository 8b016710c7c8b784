namespace SimClr.Runtime;

/// <summary>A function of libtorch with C++ linkage. Compilers encode its signature in its exported name, each in its own way.</summary>
/// <param name="Itanium">The name by the Itanium C++ ABI, of GCC and Clang.</param>
/// <param name="Microsoft">The name by Visual C++.</param>
internal sealed record CppFunction(string Itanium, string Microsoft)
{
    private nint address;

    /// <summary>The address of the function in the loaded libtorch.</summary>
    /// <exception cref="EntryPointNotFoundException">This libtorch does not export it.</exception>
    public nint Address
    {
        get
        {
            if (address == 0 && !LibTorch.TryGetExport("torch_cpu", Name, out address))
                throw new EntryPointNotFoundException($"The libtorch in {LibTorch.Directory} has no {Name}.");
            return address;
        }
    }

    /// <summary>The name on this system.</summary>
    public string Name => HostProcess.Current.NameOf(this);
}
