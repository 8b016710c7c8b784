namespace SimClr.Loading;

/// <summary>The device that renders views.</summary>
public enum RenderDevice
{
    /// <summary>The GPU if the network is on one, else the CPU.</summary>
    Auto,

    /// <summary>The loader's threads, with the CPU's vector instructions.</summary>
    Cpu,

    /// <summary>The network's device, with tensor operations.</summary>
    Gpu,
}
