using Google.Protobuf;

namespace SimClr.Weights;

/// <summary>
/// A protobuf message to be written to a stream: fields in the order of addition. It knows its length without holding the bytes of large
/// fields, which are made during writing.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<Action<Stream>> parts = [];

    /// <summary>The encoded length in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds an integer (int64, enum).</summary>
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

    /// <summary>Adds a string in UTF-8, or bytes of that form.</summary>
    public ProtoMessage Text(int field, string value) => Small(output =>
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    });

    /// <summary>Adds a message in its current state.</summary>
    public ProtoMessage Message(int field, ProtoMessage value)
    {
        Head(field, value.Length);
        parts.AddRange(value.parts);
        Length += value.Length;
        return this;
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="write">Writes exactly that number of bytes; called by every <see cref="WriteTo"/>.</param>
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
