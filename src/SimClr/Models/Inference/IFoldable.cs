namespace SimClr.Models;

/// <summary>An encoder whose evaluation mode has a faster form, with batch norms folded into the convolutions before them.</summary>
public interface IFoldable
{
    /// <summary>Copies and folds the weights as they are now; later changes of the encoder are not seen.</summary>
    /// <returns>The same function up to float32's rounding, whichever mode and device the encoder is in; the caller's.</returns>
    /// <exception cref="ArgumentException">A weight is not finite once its batch norm is folded in; the message names it. A ReLU would hide it.</exception>
    IInferenceEncoder Fold();
}
