namespace SimClr.Runtime;

/// <summary>In which numbers convolutions and matrix products are computed. Weights, optimiser, batch normalisation's statistics and the loss are float32 in any case.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>float32 whose products take their inputs rounded to 10 bits, on GPUs from NVIDIA's Ampere on; elsewhere as <see cref="Fp32"/>.</summary>
    Tf32,

    /// <summary>bfloat16 by autocast: activations and the weights that meet them. For GPUs; a CPU without such instructions is some ten times slower by it.</summary>
    Bf16,
}
