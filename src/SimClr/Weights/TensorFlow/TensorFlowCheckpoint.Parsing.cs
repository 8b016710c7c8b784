using System.Text;
using Google.Protobuf;
using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Weights;

public sealed partial class TensorFlowCheckpoint
{
    private const int MaxTextBytes = 1 << 28, Text = 7;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // types.proto
    private static readonly Dictionary<int, (ScalarType Type, int Size)> Types = new()
    {
        [1] = (ScalarType.Float32, 4),
        [2] = (ScalarType.Float64, 8),
        [3] = (ScalarType.Int32, 4),
        [9] = (ScalarType.Int64, 8),
        [14] = (ScalarType.BFloat16, 2),
        [19] = (ScalarType.Float16, 2),
    };

    private void ReadIndex()
    {
        using var file = RegularFile.OpenRead(index);
        foreach (var (key, value, offset) in new SortedTable(file, index).Entries())
        {
            try
            {
                if (key.Length == 0)
                {
                    ParseHeader(value, offset);
                    continue;
                }
                if (shards == 0) break;
                string name = Utf8.GetString(key);
                variables.Add(name, ParseEntry(name, value, offset));
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or DecoderFallbackException)
            {
                throw new InvalidDataException($"{index}: the entry at offset {offset} is not what a tensor bundle holds: {e.Message}", e);
            }
        }
        if (shards == 0) throw new InvalidDataException($"{index}: there is no header of a tensor bundle: it is some other sorted table.");
    }

    // BundleHeaderProto: num_shards 1, endianness 2.
    private void ParseHeader(byte[] value, long offset)
    {
        using var input = new CodedInputStream(value);
        int endianness = 0;
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == 8) shards = input.ReadInt32();
            else if (tag == 16) endianness = input.ReadEnum();
            else input.SkipLastField();
        }
        if (shards is < 1 or > 99999)
            throw new InvalidDataException($"{index}: the header at offset {offset} announces {shards} data files.");
        if (endianness != 0) throw new InvalidDataException(
            $"{index}: the header at offset {offset} says that the data are big-endian, which is not read here.");
    }

    // BundleEntryProto: dtype 1, shape 2, shard_id 3, offset 4, size 5, crc32c 6, slices 7.
    private TensorFlowVariable ParseEntry(string name, byte[] value, long at)
    {
        int type = 0, shard = 0;
        long offset = 0, size = 0;
        uint checksum = 0;
        List<long> shape = [];
        using var input = new CodedInputStream(value);
        while (input.ReadTag() is not 0 and var tag)
        {
            switch (tag)
            {
                case 8: type = input.ReadEnum(); break;
                case 18: ParseShape(input.ReadBytes(), shape); break;
                case 24: shard = input.ReadInt32(); break;
                case 32: offset = input.ReadInt64(); break;
                case 40: size = input.ReadInt64(); break;
                case 53: checksum = input.ReadFixed32(); break;
                case 58: throw new InvalidDataException($"{index}: '{name}' at offset {at} is stored in slices, which is not read here.");
                default: input.SkipLastField(); break;
            }
        }

        var (scalar, bytes) = Types.TryGetValue(type, out var known) ? (known.Type, known.Size) : ((ScalarType?)null, 0);
        if (type <= 0 || shard < 0 || shard >= shards || offset < 0 || size < 0)
            throw new InvalidDataException($"{index}: the entry of '{name}' at offset {at} is absurd: type {type}, data file {shard} " +
                $"of {shards}, {size} bytes from {offset}.");
        if (shape.Any(s => s < 0) || (scalar is not null && Safetensors.ByteCount([.. shape], bytes) != size))
            throw new InvalidDataException($"{index}: '{name}' at offset {at} has the shape ({string.Join(", ", shape)}) of {scalar}, " +
                $"which does not take the {size} bytes that it should have.");
        return new TensorFlowVariable(name, scalar, shape)
        {
            Shard = shard,
            Offset = offset,
            ByteCount = size,
            Checksum = checksum,
            IsText = type == Text,
        };
    }

    // TensorShapeProto: dim 2, each with size 1.
    private static void ParseShape(ByteString bytes, List<long> shape)
    {
        using var input = bytes.CreateCodedInput();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag != 18)
            {
                input.SkipLastField();
                continue;
            }
            using var dimension = input.ReadBytes().CreateCodedInput();
            long size = 0;
            while (dimension.ReadTag() is not 0 and var field)
            {
                if (field == 8) size = dimension.ReadInt64();
                else dimension.SkipLastField();
            }
            shape.Add(size);
        }
    }

    private void CheckPlaces()
    {
        var lengths = new Dictionary<int, long>();
        foreach (var variable in variables.Values)
        {
            string file = DataFile(variable);
            if (!lengths.TryGetValue(variable.Shard, out long length))
            {
                if (!File.Exists(file))
                    throw new FileNotFoundException($"{file} is missing: {index} says that it holds '{variable.Name}'.", file);
                lengths[variable.Shard] = length = new FileInfo(file).Length;
            }
            if (variable.ByteCount > length || variable.Offset > length - variable.ByteCount)
                throw new InvalidDataException($"{file} has {length} bytes, and '{variable.Name}' should have {variable.ByteCount} " +
                    $"from offset {variable.Offset}: it is cut short, or of another checkpoint.");
        }
    }
}
