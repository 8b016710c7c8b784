namespace SimClr.Models;

/// <summary>An encoder that can encode, but perhaps not learn.</summary>
internal interface ITrainable
{
    /// <summary>Refuses a network that training would not change as it should. It does not change here.</summary>
    /// <param name="imageSize">S, in pixels.</param>
    /// <exception cref="InvalidDataException">The message says why, and names the encoder.</exception>
    void RequireTrainable(int imageSize);
}
