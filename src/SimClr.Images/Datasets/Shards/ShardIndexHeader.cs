using System.Runtime.InteropServices;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The first 48 bytes of an index file, little-endian; the records follow (<see cref="ShardRecord"/>), then what of the tar is not used (<see cref="OmissionText"/>).</summary>
/// <param name="Magic"><see cref="Known"/>, or <see cref="First"/>.</param>
/// <param name="TarLength">Of the tar that it is of, in bytes.</param>
/// <param name="TarChanged">When that was last written, in ticks since the year 1; 0 where the records have checksums, which say more.</param>
/// <param name="Records">How many records there are.</param>
/// <param name="Labelled">How many of them have a label.</param>
/// <param name="Classes">The highest label and one.</param>
/// <param name="NextImage">Of a packed shard: the image of its source with which the next shard begins.</param>
/// <param name="RecordsChecksum">CRC-32C of all records.</param>
/// <param name="Checksum">CRC-32C of the header before this.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ShardIndexHeader(
    ulong Magic, long TarLength, long TarChanged, int Records, int Labelled, int Classes, int NextImage, uint RecordsChecksum, uint Checksum)
{
    /// <summary>Its size in a file.</summary>
    public const int Bytes = 48;

    /// <summary>"simclrx" and the version of the format.</summary>
    public const ulong Known = 0x02_78_72_6c_63_6d_69_73;

    /// <summary>The version before: nothing follows the records, and of a tar from elsewhere it may lack some.</summary>
    public const ulong First = 0x01_78_72_6c_63_6d_69_73;

    /// <summary>Whether the records have checksums: the shard was packed here, not found.</summary>
    public bool IsSealed => TarChanged == 0;

    /// <summary>This with its checksum.</summary>
    public ShardIndexHeader Checked() => this with { Checksum = Sum };

    /// <summary>Where the records end in the file.</summary>
    public long End => Bytes + (long)Records * ShardRecord.Bytes;

    /// <summary>Whether a file of ours begins with this, of whatever version.</summary>
    public static bool IsMagic(ulong magic) => (magic ^ Known) << 8 == 0;

    /// <summary>Refuses what a newer program wrote: it may know of the tar what this one would lose.</summary>
    /// <exception cref="InvalidDataException">The header is whole and of a newer version.</exception>
    public void RequireKnown(string path)
    {
        int version = (int)(Magic >> 56), known = (int)(Known >> 56);
        if (IsMagic(Magic) && version > known && Checksum == Sum)
            throw new InvalidDataException($"{path} is an index of version {version}, and this program reads versions 1 to {known}: a newer one wrote it.");
    }

    /// <summary>Whether it is whole, and that of a tar of this length and time.</summary>
    public bool IsOf(FileInfo tar, long indexLength) =>
        ((Magic == Known && indexLength >= End) || (Magic == First && IsSealed && indexLength == End)) && Checksum == Sum && Records >= 0
        && TarLength == tar.Length && (IsSealed || TarChanged == tar.LastWriteTimeUtc.Ticks);

    /// <summary>Refuses numbers that no tar leads to, before anything is made as large as they say.</summary>
    /// <exception cref="InvalidDataException">There are more labels than records, or more classes than a label may name.</exception>
    public void RequirePossible(string path)
    {
        if (Labelled < 0 || Labelled > Records || Classes is < 0 or > ShardScan.MostClasses)
            throw new InvalidDataException($"{path} says that {Labelled} of {Records} records have a label, of {Classes} classes, which cannot be (at most {ShardScan.MostClasses} classes are read): remove it, and it is made anew.");
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
