namespace SimClr.Models;

/// <summary>An encoder whose evaluation mode has a faster form, with each batch norm folded into the convolution before it.</summary>
public interface IFoldable
{
    /// <summary>Copies and folds the current weights. Later changes of the encoder have no effect on the copy.</summary>
    /// <returns>The same function up to float32's rounding, whatever the mode and device of the encoder; owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// A weight is not finite after its batch norm is folded in; the message names it. A ReLU would hide such a weight.
    /// </exception>
    IInferenceEncoder Fold();
}
