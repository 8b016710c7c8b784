namespace SimClr.Models;

/// <summary>The projection head g(·), used in pretraining only.</summary>
public sealed record ProjectionHeadOptions
{
    /// <summary>
    /// The number of linear layers, in [0, 3]: 0 is the identity, 1 the linear head, 2 the paper's (SimCLR, §2.1), 3 that of SimCLR v2.
    /// Default 2.
    /// </summary>
    public int Layers { get; init; } = 2;

    /// <summary>The width of the hidden layers; 0 (the default) means D, the paper's choice.</summary>
    public int HiddenDim { get; init; }

    /// <summary>d, the length of z. Default 128 (SimCLR, §2.1). Unused with 0 layers.</summary>
    public int OutputDim { get; init; } = 128;

    /// <summary>
    /// Whether batch norm follows every linear layer (the last one without β) and linear layers have no bias, as in Google's code
    /// (<c>model.py</c>). False: linear layers with bias and ReLU between them, as written in the paper. Default true.
    /// </summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        if (Layers is < 0 or > 3)
            throw new ArgumentOutOfRangeException(nameof(Layers), Layers, "The projection head has 0 to 3 layers.");
        if (HiddenDim is < 0 or > 65536)
            throw new ArgumentOutOfRangeException(
                nameof(HiddenDim), HiddenDim, "The hidden size lies in [0, 65536]; 0 takes the encoder's.");
        if (OutputDim is < 1 or > 65536)
            throw new ArgumentOutOfRangeException(nameof(OutputDim), OutputDim, "The output size lies in [1, 65536].");
    }
}
