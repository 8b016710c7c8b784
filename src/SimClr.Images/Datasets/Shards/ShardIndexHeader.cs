using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// The first 48 bytes of an index file, little-endian. The records follow (<see cref="ShardRecord"/>), then what is not used
/// (<see cref="ShardIndexText"/>).
/// </summary>
/// <param name="Magic"><see cref="Known"/>, <see cref="Packed"/> or <see cref="First"/>.</param>
/// <param name="TarLength">The length of the tar, in bytes.</param>
/// <param name="TarChanged">
/// When the tar was last written, in ticks since the year 1; 0 if the records have checksums, which say more.
/// </param>
/// <param name="Records">The number of records.</param>
/// <param name="Labelled">The number of records with a label.</param>
/// <param name="Classes">The highest label plus one.</param>
/// <param name="NextImage">For a packed shard: the first image of the next shard, in its source.</param>
/// <param name="RecordsChecksum">CRC-32C of all records.</param>
/// <param name="Checksum">CRC-32C of the header up to here.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ShardIndexHeader(
    ulong Magic, long TarLength, long TarChanged, int Records, int Labelled, int Classes, int NextImage, uint RecordsChecksum,
    uint Checksum)
{
    /// <summary>Its size in bytes.</summary>
    public const int Bytes = 48;

    /// <summary>"simclrx" and the version of the format of an index of a tar from elsewhere: it knows the folders of the images.</summary>
    public const ulong Known = 0x03_78_72_6c_63_6d_69_73;

    /// <summary>The version of an index of a packed shard. An index of this version of a tar from elsewhere is made again.</summary>
    public const ulong Packed = 0x02_78_72_6c_63_6d_69_73;

    /// <summary>The first version: nothing follows the records, and records of a tar from elsewhere may be missing.</summary>
    public const ulong First = 0x01_78_72_6c_63_6d_69_73;

    /// <summary>Whether the records have checksums: then the shard was packed by this program.</summary>
    public bool IsSealed => TarChanged == 0;

    /// <summary>This header with its checksum.</summary>
    public ShardIndexHeader Checked() => this with { Checksum = Sum };

    /// <summary>The end of the records in the file.</summary>
    public long End => Bytes + (long)Records * ShardRecord.Bytes;

    /// <summary>Whether this begins an index file of ours, of any version.</summary>
    public static bool IsMagic(ulong magic) => (magic ^ Known) << 8 == 0;

    /// <summary>Refuses an index of a newer program: it may contain facts that this program would lose.</summary>
    /// <exception cref="InvalidDataException">The header is intact and has a newer version.</exception>
    public void RequireKnown(string path)
    {
        int version = (int)(Magic >> 56), known = (int)(Known >> 56);
        if (IsMagic(Magic) && version > known && Checksum == Sum)
            throw new InvalidDataException(
                $"{path} is an index of version {version}, and this program reads versions 1 to {known}: a newer one wrote it.");
    }

    /// <summary>Whether the header is intact and belongs to a tar of this length and time.</summary>
    public bool IsOf(FileInfo tar, long indexLength) =>
        ((Magic == Known && indexLength >= End) || (Magic == Packed && IsSealed && indexLength >= End)
            || (Magic == First && IsSealed && indexLength == End)) && Checksum == Sum && Records >= 0
        && TarLength == tar.Length && (IsSealed || TarChanged == tar.LastWriteTimeUtc.Ticks);

    /// <summary>Refuses impossible numbers before memory of that size is allocated.</summary>
    /// <exception cref="InvalidDataException">There are more labels than records, or more classes than allowed.</exception>
    public void RequirePossible(string path)
    {
        if (Labelled < 0 || Labelled > Records || Classes is < 0 or > ShardScan.MostClasses)
            throw new InvalidDataException($"{path} says that {Labelled} of {Records} records have a label, of {Classes} classes, " +
                $"which is impossible (at most {ShardScan.MostClasses} classes are read). Remove it; the program then makes it again.");
    }

    private uint Sum
    {
        get
        {
            var copy = this;
            return Crc32C.Extend(0, MemoryMarshal.AsBytes(new ReadOnlySpan<ShardIndexHeader>(in copy))[..^sizeof(uint)]);
        }
    }
}
