using System.Buffers.Binary;
using SimClr.IO;
using SimClr.Weights;

namespace SimClr.RunFolders;

/// <summary>
/// Writes a TensorBoard event file: TFRecords (length, its masked CRC-32C, data, their masked CRC-32C), each a <c>tensorflow.Event</c>. An
/// event is passed to the operating system when its call returns, so TensorBoard can follow a run.
/// </summary>
/// <remarks>One thread at a time.</remarks>
public sealed class TensorBoardEvents : IDisposable
{
    // Field numbers of Event, SessionLog, Summary, Summary.Value and Summary.Image in tensorflow/core: util/event.proto,
    // framework/summary.proto.
    private const int WallTime = 1, Step = 2, FileVersion = 3, SummaryOfEvent = 5, SessionLog = 7, Status = 1, Start = 1;
    private const int Value = 1, Tag = 1, SimpleValue = 2, ImageValue = 4, Height = 1, Width = 2, Colorspace = 3, Encoded = 4;

    private readonly FileStream file;

    /// <summary>Begins a file.</summary>
    /// <param name="path">
    /// A new file in an existing folder. TensorBoard reads files whose names contain <c>tfevents</c>, in the order of their names.
    /// </param>
    /// <param name="firstStep">From this step on, TensorBoard discards what earlier files said: a resumed run repeats these steps.</param>
    /// <param name="time">Now, in seconds since 1970 (UTC).</param>
    /// <exception cref="ArgumentException">TensorBoard would ignore a file with this name.</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public TensorBoardEvents(string path, long firstStep, double time)
    {
        if (!Path.GetFileName(path).Contains("tfevents", StringComparison.Ordinal))
            throw new ArgumentException($"TensorBoard ignores files whose names do not contain 'tfevents': {path}.", nameof(path));
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        Write(At(0, time).Text(FileVersion, "brain.Event:2"));
        Write(At(firstStep, time).Message(SessionLog, new ProtoMessage().Number(Status, Start)));
    }

    /// <summary>Writes the values of one step.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="time">The time, in seconds since 1970 (UTC).</param>
    /// <param name="values">The values by tag. The part of a tag before <c>/</c> is its group.</param>
    public void Scalars(long step, double time, params ReadOnlySpan<(string Tag, float Value)> values)
    {
        var summary = new ProtoMessage();
        foreach (var (tag, value) in values) summary.Message(Value, new ProtoMessage().Text(Tag, tag).Number(SimpleValue, value));
        Write(At(step, time).Message(SummaryOfEvent, summary));
    }

    /// <summary>Writes a picture.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="time">The time, in seconds since 1970 (UTC).</param>
    /// <param name="tag">The name of the picture.</param>
    /// <param name="png">A PNG file; borrowed.</param>
    /// <exception cref="ArgumentException">The bytes are not a PNG.</exception>
    public void Image(long step, double time, string tag, ReadOnlyMemory<byte> png)
    {
        var header = png.Span;
        if (header.Length < 33 || !header.StartsWith(PngBegin))
            throw new ArgumentException("The picture is not a PNG file.", nameof(png));
        var image = new ProtoMessage()
            .Number(Height, BinaryPrimitives.ReadInt32BigEndian(header[20..]))
            .Number(Width, BinaryPrimitives.ReadInt32BigEndian(header[16..]))
            .Number(Colorspace, Channels(header[25]))
            .Bytes(Encoded, png.Length, output => output.Write(png.Span));
        Write(At(step, time)
            .Message(SummaryOfEvent, new ProtoMessage().Message(Value, new ProtoMessage().Text(Tag, tag).Message(ImageValue, image))));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    // The signature, and the length and name of the first chunk.
    private static ReadOnlySpan<byte> PngBegin =>
        [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R'];

    // A PNG's colour type as TensorBoard's number of channels.
    private static int Channels(byte colorType) => colorType switch { 0 => 1, 4 => 2, 6 => 4, _ => 3 };

    private static ProtoMessage At(long step, double time) => new ProtoMessage().Number(WallTime, time).Number(Step, step);

    private void Write(ProtoMessage message)
    {
        const int Before = sizeof(long) + sizeof(uint);
        byte[] record = new byte[Before + message.Length + sizeof(uint)];
        var head = record.AsSpan(0, sizeof(long));
        var data = record.AsSpan(Before, (int)message.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(long)), Crc32C.Mask(Crc32C.Extend(0, head)));
        using (var stream = new MemoryStream(record, Before, data.Length)) message.WriteTo(stream);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(Before + data.Length), Crc32C.Mask(Crc32C.Extend(0, data)));
        file.Write(record); // in one write, so that a reader finds half a record only on a full disk
    }
}
