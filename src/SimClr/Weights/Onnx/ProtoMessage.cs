using Google.Protobuf;

namespace SimClr.Weights;

/// <summary>
/// A protobuf message on its way to a stream: fields in the order they were added. It knows its length without holding
/// the bytes of large fields, which are made when they are written.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<Action<Stream>> parts = [];

    /// <summary>Bytes on the wire.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a whole number (int64, enum).</summary>
    public ProtoMessage Number(int field, long value) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    });

    /// <summary>Adds a float.</summary>
    public ProtoMessage Number(int field, float value) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    });

    /// <summary>Adds a double.</summary>
    public ProtoMessage Number(int field, double value) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteDouble(value);
    });

    /// <summary>Adds a string, in UTF-8, or bytes that are one.</summary>
    public ProtoMessage Text(int field, string value) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    });

    /// <summary>Adds a message as it is now.</summary>
    public ProtoMessage Message(int field, ProtoMessage value)
    {
        Head(field, value.Length);
        parts.AddRange(value.parts);
        Length += value.Length;
        return this;
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="length">How many.</param>
    /// <param name="write">Writes exactly so many; called by every <see cref="WriteTo"/>.</param>
    public ProtoMessage Bytes(int field, long length, Action<Stream> write)
    {
        Head(field, length);
        parts.Add(write);
        Length += length;
        return this;
    }

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var part in parts) part(stream);
    }

    private void Head(int field, long length) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteInt64(length);
    });

    private ProtoMessage Small(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true)) write(output);
        byte[] bytes = buffer.ToArray();
        parts.Add(stream => stream.Write(bytes));
        Length += bytes.Length;
        return this;
    }
}
