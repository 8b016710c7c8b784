using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>Where the strips or tiles of the current page of a TIFF are in its file.</summary>
internal sealed class TiffPlaces
{
    private readonly ulong[] offsets, sizes;
    private readonly ulong length;

    /// <summary>Takes the places of the current page.</summary>
    /// <param name="tiff">An open file; borrowed.</param>
    public TiffPlaces(Tiff tiff)
    {
        ulong[] Each(TiffTag tag) => tiff.GetField(tag)?[0].Value as ulong[] ?? [];
        (offsets, sizes) = tiff.IsTiled() ? (Each(TiffTag.TILEOFFSETS), Each(TiffTag.TILEBYTECOUNTS))
            : (Each(TiffTag.STRIPOFFSETS), Each(TiffTag.STRIPBYTECOUNTS));
        length = (ulong)tiff.GetStream().Size(tiff.Clientdata());
    }

    /// <summary>Whether a strip or tile is not stored: GDAL leaves out those without data (SPARSE_OK).</summary>
    /// <param name="number">Its number.</param>
    public bool IsAbsent(int number) => number < Math.Min(offsets.Length, sizes.Length) && offsets[number] == 0 && sizes[number] == 0;

    /// <summary>Whether all strips or tiles are within the file.</summary>
    public bool AreInFile => Enumerable.Range(0, Math.Min(offsets.Length, sizes.Length)).All(IsInFile);

    /// <summary>Whether a strip or tile is within the file. LibTiff allocates its size before it reads it.</summary>
    /// <param name="number">Its number.</param>
    public bool IsInFile(int number) => number < Math.Min(offsets.Length, sizes.Length) && sizes[number] <= length
        && offsets[number] <= length - sizes[number];
}
