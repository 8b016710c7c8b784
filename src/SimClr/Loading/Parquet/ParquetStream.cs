namespace SimClr.Loading;

/// <summary>
/// A Parquet file, up to a limit. Reading a byte beyond the limit throws: the reader of the format takes the answer "no byte" for a byte,
/// and would read it forever.
/// </summary>
/// <param name="file">The file; owned from here on.</param>
internal sealed class ParquetStream(FileStream file) : Stream
{
    /// <summary>The end of what may be read, in bytes from the start. Default: the end of the file.</summary>
    public long End { get; set; } = file.Length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>The length of the file, regardless of <see cref="End"/>.</summary>
    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value >= 0 ? value : throw new EndOfStreamException("it names a place before the start of the file");
    }

    /// <exception cref="EndOfStreamException">The position is at <see cref="End"/> or beyond it.</exception>
    public override int ReadByte() =>
        file.Position < End ? file.ReadByte() : throw new EndOfStreamException("it names bytes that the file does not have");

    public override int Read(Span<byte> buffer) => file.Read(buffer[..(int)Math.Clamp(End - file.Position, 0, buffer.Length)]);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }
}
