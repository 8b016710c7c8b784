using System.Runtime.InteropServices;

namespace SimClr.Datasets;

/// <summary>An image within a tar, as an index file holds it: 24 bytes, little-endian.</summary>
/// <param name="Entry">Where its entry begins, extended headers included: an offset in the tar, in bytes.</param>
/// <param name="Lead">From there to its data, in bytes.</param>
/// <param name="Length">Of its data, in bytes.</param>
/// <param name="Label">Of its class; −1 for none.</param>
/// <param name="Checksum">CRC-32C of its data, in an index that has checksums.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ShardRecord(long Entry, int Lead, int Length, int Label, uint Checksum)
{
    /// <summary>Its size in a file.</summary>
    public const int Bytes = 24;

    /// <summary>Where its data begin.</summary>
    public long Offset => Entry + Lead;
}
