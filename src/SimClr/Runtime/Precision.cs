namespace SimClr.Runtime;

/// <summary>
/// The number format of convolutions and matrix products. Weights, optimizer, the statistics of batch normalisation and the loss are
/// float32 in any case.
/// </summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>
    /// float32, with the inputs of products rounded to 10 bits, on NVIDIA GPUs from Ampere on; elsewhere the same as <see cref="Fp32"/>.
    /// </summary>
    Tf32,

    /// <summary>
    /// bfloat16 by autocast, for activations and the weights that multiply them. For GPUs: a CPU without bfloat16 instructions takes about
    /// ten times longer with it.
    /// </summary>
    Bf16,
}
