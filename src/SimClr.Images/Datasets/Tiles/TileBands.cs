using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// The rows of tiles of large pictures, each read from the top. The last two are kept: in order, every row of a picture is decoded once.
/// Safe to use from several threads at once.
/// </summary>
internal sealed class TileBands : IDisposable
{
    private const int Kept = 2;
    private readonly Lock gate = new();
    private readonly List<(string Path, int First, DecodedImage Rows)> recent = []; // the latest last
    private LargeImage? image;
    private string? opened;

    /// <summary>Rows of a picture.</summary>
    /// <param name="path">The file.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public DecodedImage Read(string path, int first, int count)
    {
        lock (gate)
        {
            if (recent.FindIndex(band => band.Path == path && band.First == first) is >= 0 and var known) return recent[known].Rows;
            try
            {
                var rows = Next(path, first, count);
                if (recent.Count == Kept) recent.RemoveAt(0);
                recent.Add((path, first, rows));
                return rows;
            }
            catch
            {
                Close(); // its next row is not known any more
                throw;
            }
        }
    }

    // The rows that the last band has too are copied from it; only new ones are read.
    private DecodedImage Next(string path, int first, int count)
    {
        var last = recent.LastOrDefault();
        bool overlaps = opened == path && last.Path == path && last.First <= first && last.First + last.Rows.Height == image!.NextRow;
        if (opened != path || (image!.NextRow > first && !overlaps))
        {
            Close();
            (image, opened, overlaps) = (LargeImage.Open(path), path, false);
        }
        while (image.NextRow < first) image.ReadRows(Math.Min(count, first - image.NextRow));
        int have = image.NextRow - first;
        var read = image.ReadRows(count - have);
        if (have == 0) return read;
        int rowBytes = read.Bytes.Length / read.Height;
        byte[] bytes = GC.AllocateUninitializedArray<byte>(count * rowBytes);
        last.Rows.Bytes[((first - last.First) * rowBytes)..].CopyTo(bytes);
        read.Bytes.CopyTo(bytes.AsMemory(have * rowBytes));
        return new DecodedImage(bytes, read.Width, count, read.Channels, read.Type);
    }

    private void Close()
    {
        image?.Dispose();
        (image, opened) = (null, null);
        recent.Clear();
    }

    public void Dispose() => Close();
}
