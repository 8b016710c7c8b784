namespace SimClr.Datasets;

/// <summary>One member of a tar as its headers describe it.</summary>
/// <param name="Name">Its path in the tar.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Target">What a link names, as it is written; else empty.</param>
/// <param name="Entry">Where its headers begin, extended ones included: an offset in the tar, in bytes.</param>
/// <param name="Offset">Where its data begin.</param>
/// <param name="Length">Of its data, in bytes; 0 for what has none.</param>
internal readonly record struct TarMember(string Name, TarMemberKind Kind, string Target, long Entry, long Offset, long Length)
{
    /// <summary>Whether it is another name of a member.</summary>
    public bool IsLink => Kind is TarMemberKind.HardLink or TarMemberKind.SymbolicLink;
}
