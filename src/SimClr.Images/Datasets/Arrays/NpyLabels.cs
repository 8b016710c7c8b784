using System.Buffers.Binary;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Labels in a NumPy file: (N) or (N, 1) integers or booleans of any width and byte order; −1 for none.</summary>
internal static class NpyLabels
{
    private const int Highest = 1_000_000, Buffered = 1 << 16;

    /// <summary>Reads all labels; null if the file does not exist.</summary>
    /// <exception cref="InvalidDataException">The values are not labels, or their number differs from the header.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static int[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        using var stream = RegularFile.OpenShared(path, Buffered);
        var format = NpyFormat.Read(stream, path);
        if (format.Type is not [_, 'i' or 'u' or 'b', '1' or '2' or '4' or '8'])
            throw new InvalidDataException($"{path} holds numbers of type {format.Type}; labels are whole numbers: numpy.save(file, " +
                $"a.astype('int64')) stores them so.");
        int size = format.Type[2] - '0';
        if (format.Shape is not ([> 0 and <= int.MaxValue] or [> 0 and <= int.MaxValue, 1]) || stream.Length != format.FileBytes(size))
            throw new InvalidDataException($"{path} is of shape {format.ShapeText} with {stream.Length - format.DataOffset} bytes " +
                $"of numbers; labels are (N) or (N, 1), of {size} bytes each.");

        int[] labels = new int[format.Shape[0]];
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < labels.Length; i++)
        {
            stream.ReadExactly(bytes[..size]);
            var label = Number(bytes[..size], isBig: format.Type[0] == '>', isSigned: format.Type[1] == 'i');
            if (label < -1 || label > Highest)
                throw new InvalidDataException($"{path}: label {label} of image {i} is not a class: 0 to {Highest}, or −1 for none.");
            labels[i] = (int)label;
        }
        return labels;
    }

    private static Int128 Number(Span<byte> bytes, bool isBig, bool isSigned)
    {
        if (isBig) bytes.Reverse();
        Span<byte> wide = stackalloc byte[16];
        wide.Fill(isSigned && bytes[^1] > 0x7f ? (byte)0xff : (byte)0);
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadInt128LittleEndian(wide);
    }
}
