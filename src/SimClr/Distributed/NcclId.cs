using System.Runtime.InteropServices;

namespace SimClr.Distributed;

/// <summary>ncclUniqueId, by which the ranks of a communicator find each other. NCCL takes it by value.</summary>
internal unsafe struct NcclId
{
    private fixed byte bytes[128]; // NCCL_UNIQUE_ID_BYTES

    /// <summary>Its bytes; borrowed.</summary>
    public static Span<byte> BytesOf(ref NcclId id) => MemoryMarshal.AsBytes(new Span<NcclId>(ref id));
}
