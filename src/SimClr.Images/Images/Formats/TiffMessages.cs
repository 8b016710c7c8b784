using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>
/// Keeps what LibTiff reports about our files, instead of printing it. LibTiff has one handler for the process: messages about the files of
/// others go to the handler that was there before.
/// </summary>
internal sealed class TiffMessages : TiffErrorHandler
{
    private static readonly TiffErrorHandler Before = Tiff.SetErrorHandler(new TiffMessages());

    [ThreadStatic]
    private static string? last;

    /// <summary>Opens a file. The stream is borrowed.</summary>
    /// <param name="name">The name in messages.</param>
    /// <param name="mode">"r", or "w" with options.</param>
    /// <param name="stream">A stream with random access.</param>
    /// <returns>Null if it is no TIFF, or if its first directory is damaged.</returns>
    public static Tiff? Open(string name, string mode, Stream stream)
    {
        _ = Before;
        last = null;
        return Tiff.ClientOpen(name, mode, stream, new Source());
    }

    /// <summary>The last error that was reported on this thread; null if there was none since the last file was opened.</summary>
    public static string? Last => last;

    /// <inheritdoc/>
    public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
    {
        if (tif is null || IsOurs(tif)) last = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
        else Before.ErrorHandler(tif, method, format, args);
    }

    /// <inheritdoc/>
    public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
    {
        if (tif is not null && !IsOurs(tif)) Before.WarningHandler(tif, method, format, args);
    }

    private static bool IsOurs(Tiff tif) => tif.GetStream() is Source;

    private sealed class Source : TiffStream
    {
        // A stream would throw an IOException, which means a fault of the disk. This is damage.
        public override long Seek(object clientData, long offset, SeekOrigin origin) => offset >= 0 || origin != SeekOrigin.Begin
            ? base.Seek(clientData, offset, origin)
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, "It points before the file");

        public override void Close(object clientData)
        {
        }
    }
}
