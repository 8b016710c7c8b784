using System.Runtime.InteropServices;

namespace SimClr.Distributed;

/// <summary>ncclUniqueId: what the ranks of a communicator find each other by. NCCL takes it by value.</summary>
internal unsafe struct NcclId
{
    private fixed byte bytes[128]; // NCCL_UNIQUE_ID_BYTES

    /// <summary>Its bytes, borrowed with it.</summary>
    public static Span<byte> BytesOf(ref NcclId id) => MemoryMarshal.AsBytes(new Span<NcclId>(ref id));
}
