using System.Buffers.Binary;
using System.Text;

namespace SimClr.Tests;

/// <summary>
/// Reads an event file as TensorBoard does, from the definitions of the formats: TFRecord frames, CRC-32C bit by bit, the protobuf wire
/// format.
/// </summary>
internal static class EventReader
{
    /// <summary>The data of every record. Throws for an incomplete frame or a wrong checksum.</summary>
    public static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Check(file.AsSpan(at, 8), file.AsSpan(at + 8));
            var data = file.AsSpan(at + 12, length);
            Check(data, file.AsSpan(at + 12 + length));
            records.Add(data.ToArray());
            at += 12 + length + 4;
        }
        return records;
    }

    private static void Check(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        uint crc = Crc(data), masked = unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
        BinaryPrimitives.ReadUInt32LittleEndian(stored).ShouldBe(masked);
    }

    /// <summary>CRC-32C by polynomial division (reflected polynomial 0x82F63B78).</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        return ~crc;
    }

    /// <summary>The fields of a message: integers as <see cref="ulong"/>, float and double as such, everything else as bytes.</summary>
    public static List<(int Field, object Value)> Fields(byte[] message)
    {
        var fields = new List<(int, object)>();
        for (int at = 0; at < message.Length;)
        {
            ulong tag = Varint(message, ref at);
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((field, Varint(message, ref at)));
                    break;
                case 1:
                    fields.Add((field, BinaryPrimitives.ReadDoubleLittleEndian(message.AsSpan(at))));
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    fields.Add((field, message.AsSpan(at, length).ToArray()));
                    at += length;
                    break;
                case 5:
                    fields.Add((field, BinaryPrimitives.ReadSingleLittleEndian(message.AsSpan(at))));
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
        return fields;
    }

    public static T Field<T>(byte[] message, int field) => (T)Fields(message).Single(f => f.Field == field).Value;

    public static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Field<byte[]>(message, field));

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = message[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
    }
}
