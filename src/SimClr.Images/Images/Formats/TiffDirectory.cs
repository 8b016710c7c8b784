using System.Buffers.Binary;
using BitMiracle.LibTiff.Classic;

namespace SimClr.Images;

/// <summary>
/// Checks the directories of a TIFF before LibTiff.NET reads them. That allocates what they say: 22 GB for a damaged file of one kilobyte.
/// </summary>
/// <remarks>Source: TIFF 6.0, section 2; the BigTIFF design of 2007.</remarks>
internal sealed class TiffDirectory
{
    private const long Free = 1 << 24; // bytes of a field beyond the file: what is only cut off is LibTiff's matter

    private readonly Stream file;
    private readonly string name;
    private readonly bool isBig, isBigEndian;

    private TiffDirectory(Stream file, string name)
    {
        (this.file, this.name) = (file, name);
        isBigEndian = Number(0, 2) == 0x4d4d;
        isBig = Number(2, 2) == 43;
    }

    /// <summary>Checks the first directory, or all of them.</summary>
    /// <param name="file">The file; borrowed. Its position is its start then.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="all">Whether all pages will be read.</param>
    /// <exception cref="InvalidDataException">A directory promises more than there is.</exception>
    public static void Check(Stream file, string name, bool all)
    {
        try
        {
            var directory = new TiffDirectory(file, name);
            if (directory.isBig && directory.isBigEndian) throw new InvalidDataException(
                $"{name} is a BigTIFF in big-endian order, which is not read: tiffcp -L IN OUT converts it.");
            var seen = new HashSet<long>();
            long at = directory.isBig ? directory.Number(8, 8) : directory.Number(4, 4);
            do at = directory.CheckAt(at);
            while (all && at != 0 && seen.Add(at));
        }
        catch (EndOfStreamException)
        {
            // LibTiff says what is missing.
        }
        file.Position = 0;
    }

    // Returns the place of the next directory.
    private long CheckAt(long at)
    {
        int lengthBytes = isBig ? 8 : 2, wordBytes = isBig ? 8 : 4, entryBytes = 4 + 2 * wordBytes;
        long entries = Number(at, lengthBytes);
        if (entries < 0 || entries > file.Length / entryBytes) throw Damaged($"its directory has {entries} fields");
        var numbers = new Dictionary<TiffTag, long>();
        long offsets = 0;
        for (long i = 0; i < entries; i++)
        {
            long entry = at + lengthBytes + i * entryBytes, value = entry + 4 + wordBytes, count = Number(entry + 4, wordBytes);
            var (tag, type) = ((TiffTag)Number(entry, 2), (TiffType)Number(entry + 2, 2));
            int size = Tiff.DataWidth(type);
            if (count is < 0 or > int.MaxValue || count * size > file.Length + Free)
                throw Damaged($"its field {(int)tag} has {count} values");
            if (tag is TiffTag.STRIPOFFSETS or TiffTag.TILEOFFSETS) offsets = count;
            // LibTiff takes the number of a field of one number, whatever its count says.
            if (type is TiffType.SHORT or TiffType.LONG or TiffType.LONG8 && size <= wordBytes) numbers.TryAdd(tag, Number(value, size));
        }
        long Of(TiffTag tag, long otherwise) => numbers.GetValueOrDefault(tag, otherwise) is > 0 and var number ? number : otherwise;
        var (width, height) = (Of(TiffTag.IMAGEWIDTH, 0), Of(TiffTag.IMAGELENGTH, 0));
        double across = Math.Ceiling((double)width / Of(TiffTag.TILEWIDTH, width + 1));
        double down = Math.Ceiling((double)height / Of(TiffTag.TILELENGTH, Of(TiffTag.ROWSPERSTRIP, height + 1)));
        bool isPlanar = Of(TiffTag.PLANARCONFIG, 1) == (int)PlanarConfig.SEPARATE;
        double blocks = across * down * (isPlanar ? Of(TiffTag.SAMPLESPERPIXEL, 1) : 1);
        if (offsets > 0 && blocks > offsets)
            throw Damaged($"its {width} × {height} pixels are in {blocks} strips or tiles, and it has {offsets}");
        return Number(at + lengthBytes + entries * entryBytes, wordBytes);
    }

    private InvalidDataException Damaged(string why) => new($"{name}: the TIFF is damaged or cut off: {why}.");

    private long Number(long at, int bytes)
    {
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        if (at < 0 || at > file.Length - bytes) throw new EndOfStreamException();
        file.Position = at;
        file.ReadExactly(isBigEndian ? number[^bytes..] : number[..bytes]);
        return isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(number) : BinaryPrimitives.ReadInt64LittleEndian(number);
    }
}
