using System.Diagnostics.CodeAnalysis;

namespace SimClr.Images;

/// <summary>
/// The type of an image's values. Its range is from black to white, unless <see cref="Preprocessing.ValueRange"/> says another.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "NumPy's and torch's names of these types.")]
public enum PixelType
{
    /// <summary>8 bits, 0 to 255.</summary>
    UInt8,

    /// <summary>16 bits in the machine's byte order, 0 to 65535.</summary>
    UInt16,

    /// <summary>32-bit floating point in the machine's byte order: the values of the file. Without a value range, 0 to 1.</summary>
    Float32,
}
