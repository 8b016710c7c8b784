using System.Runtime.InteropServices;

namespace SimClr.Datasets;

/// <summary>An image in a tar, as stored in an index file: 24 bytes, little-endian.</summary>
/// <param name="Entry">The offset of its entry in the tar, in bytes; extended headers are part of the entry.</param>
/// <param name="Lead">Bytes from there to its data.</param>
/// <param name="Length">The length of its data, in bytes.</param>
/// <param name="Label">Its label; −1 for none.</param>
/// <param name="Checksum">CRC-32C of its data, in an index that has checksums.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ShardRecord(long Entry, int Lead, int Length, int Label, uint Checksum)
{
    /// <summary>Its size in bytes.</summary>
    public const int Bytes = 24;

    /// <summary>The offset of its data.</summary>
    public long Offset => Entry + Lead;
}
