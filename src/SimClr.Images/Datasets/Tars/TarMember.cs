namespace SimClr.Datasets;

/// <summary>A member of a tar, from its headers.</summary>
/// <param name="Name">Its path in the tar.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Target">The target of a link, as written; else empty.</param>
/// <param name="Entry">The offset of its headers in the tar, in bytes; extended headers included.</param>
/// <param name="Offset">The offset of its data.</param>
/// <param name="Length">The length of its data in bytes; 0 without data.</param>
internal readonly record struct TarMember(string Name, TarMemberKind Kind, string Target, long Entry, long Offset, long Length)
{
    /// <summary>Whether it is a link.</summary>
    public bool IsLink => Kind is TarMemberKind.HardLink or TarMemberKind.SymbolicLink;
}
