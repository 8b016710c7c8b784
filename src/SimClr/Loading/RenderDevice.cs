namespace SimClr.Loading;

/// <summary>Where views are rendered.</summary>
public enum RenderDevice
{
    /// <summary>By tensor operations where the network is on a GPU, else by the CPU.</summary>
    Auto,

    /// <summary>By the loader's threads, on the CPU's vector units.</summary>
    Cpu,

    /// <summary>By tensor operations on the network's device, whatever that is.</summary>
    Gpu,
}
