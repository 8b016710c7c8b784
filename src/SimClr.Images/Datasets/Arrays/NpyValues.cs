using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>The numbers of an image in an NPY file, and those of the decoded image.</summary>
/// <param name="Type">The type of the decoded values.</param>
/// <param name="FileBytes">Bytes of a number in the file: 1, 2 or 4.</param>
/// <param name="Kind">NumPy's letter: <c>u</c>, <c>i</c> or <c>f</c>.</param>
/// <param name="IsSwapped">Whether the bytes of a number are in the other order than the machine's.</param>
internal sealed record NpyValues(PixelType Type, int FileBytes, char Kind, bool IsSwapped)
{
    /// <summary>Bytes of a decoded value.</summary>
    public int Bytes => Type switch { PixelType.UInt8 => sizeof(byte), PixelType.UInt16 => sizeof(ushort), _ => sizeof(float) };

    /// <summary>The numbers of a dtype; null for one that is not read.</summary>
    public static NpyValues? Of(string dtype) => dtype switch
    {
        "|u1" => new(PixelType.UInt8, sizeof(byte), 'u', false),
        ['<' or '>', 'u', '2'] => new(PixelType.UInt16, sizeof(ushort), 'u', Swapped(dtype)),
        ['<' or '>', 'i' or 'f', '2'] => new(PixelType.Float32, sizeof(ushort), dtype[1], Swapped(dtype)),
        ['<' or '>', 'f', '4'] => new(PixelType.Float32, sizeof(float), 'f', Swapped(dtype)),
        _ => null,
    };

    /// <summary>Turns an image's numbers, at the end of its memory, into its values.</summary>
    /// <param name="image">The memory of the decoded image.</param>
    public void Convert(Span<byte> image)
    {
        if (IsSwapped) Swap(image[^(image.Length / Bytes * FileBytes)..]);
        if (FileBytes == Bytes) return;
        // In place, from the first on: a value ends no later than its number does.
        var values = MemoryMarshal.Cast<byte, float>(image);
        var numbers = MemoryMarshal.Cast<byte, short>(image[(image.Length / 2)..]);
        for (int i = 0; i < values.Length; i++) values[i] = Kind == 'i' ? numbers[i] : (float)BitConverter.Int16BitsToHalf(numbers[i]);
    }

    private void Swap(Span<byte> numbers)
    {
        if (FileBytes == sizeof(ushort))
        {
            var shorts = MemoryMarshal.Cast<byte, short>(numbers);
            BinaryPrimitives.ReverseEndianness(shorts, shorts);
        }
        else
        {
            var ints = MemoryMarshal.Cast<byte, int>(numbers);
            BinaryPrimitives.ReverseEndianness(ints, ints);
        }
    }

    private static bool Swapped(string dtype) => dtype[0] == '<' != BitConverter.IsLittleEndian;
}
