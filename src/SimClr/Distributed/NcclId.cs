using System.Runtime.CompilerServices;

namespace SimClr.Distributed;

/// <summary>ncclUniqueId: what the ranks of a communicator find each other by.</summary>
[InlineArray(Length)]
internal struct NcclId
{
    public const int Length = 128; // NCCL_UNIQUE_ID_BYTES

    private byte first;
}
