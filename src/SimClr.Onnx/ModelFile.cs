using System.Security.Cryptography;
using System.Text;

namespace SimClr.Onnx;

/// <summary>The bytes of an ONNX file, which identify its weights.</summary>
internal static class ModelFile
{
    // Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer, TensorProto.external_data; the key and value of an entry.
    private static readonly int[] ExternalData = [7, 5, 13];
    private const int Key = 1, Text = 2;

    /// <summary>The SHA-256 of the file and of the files beside it in which it keeps weights, in lower-case hexadecimal.</summary>
    /// <param name="path">A file that ONNX Runtime has loaded.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Sha256(string path)
    {
        using var file = File.OpenRead(path);
        var hashes = new List<byte[]> { SHA256.HashData(file) };
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string location in Locations(file).Distinct().Order(StringComparer.Ordinal))
        {
            using var weights = File.OpenRead(Path.Combine(folder, location));
            hashes.Add(SHA256.HashData(weights));
        }
        return Convert.ToHexStringLower(hashes.Count == 1 ? hashes[0] : SHA256.HashData([.. hashes.SelectMany(hash => hash)]));
    }

    private static List<string> Locations(FileStream file)
    {
        var locations = new List<string>();
        Find(file, 0, file.Length, 0, (from, to) =>
        {
            if (TextOf(file, from, to, Key) == "location" && TextOf(file, from, to, Text) is { } location) locations.Add(location);
        });
        return locations;
    }

    // Calls found with the range of every message at the path of field numbers.
    private static void Find(FileStream file, long from, long to, int depth, Action<long, long> found)
    {
        foreach (var (field, start, end) in Fields(file, from, to))
        {
            if (field != ExternalData[depth]) continue;
            if (depth == ExternalData.Length - 1) found(start, end);
            else Find(file, start, end, depth + 1, found);
        }
    }

    private static string? TextOf(FileStream file, long from, long to, int wanted)
    {
        foreach (var (field, start, end) in Fields(file, from, to))
        {
            if (field != wanted) continue;
            byte[] text = new byte[end - start];
            file.Position = start;
            file.ReadExactly(text);
            return Encoding.UTF8.GetString(text);
        }
        return null;
    }

    // The fields with a length: their numbers and the ranges of their values.
    private static IEnumerable<(int Field, long Start, long End)> Fields(FileStream file, long at, long end)
    {
        while (at < end)
        {
            file.Position = at;
            long tag = Varint(file), length = (tag & 7) switch { 0 => VarintLength(file), 1 => 8, 5 => 4, _ => Varint(file) };
            at = file.Position;
            if (length < 0 || length > end - at) yield break;
            if ((tag & 7) == 2) yield return ((int)(tag >> 3), at, at + length);
            at += length;
        }
    }

    private static long VarintLength(FileStream file)
    {
        Varint(file);
        return 0;
    }

    private static long Varint(FileStream file)
    {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = file.ReadByte();
            value |= (long)(next & 127) << shift;
            if (next < 128) break;
        }
        return value;
    }
}
