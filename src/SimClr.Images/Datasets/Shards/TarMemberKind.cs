namespace SimClr.Datasets;

/// <summary>What a member of a tar is.</summary>
internal enum TarMemberKind
{
    /// <summary>A plain file, whose bytes lie in one piece.</summary>
    File,

    /// <summary>A file with holes, whose bytes do not lie in one piece.</summary>
    SparseFile,

    /// <summary>Another name of a member; its target is that member's path.</summary>
    HardLink,

    /// <summary>A link to a path, relative to the folder it lies in.</summary>
    SymbolicLink,

    /// <summary>A folder, a device, a volume's label or whatever else has nothing to read.</summary>
    Other,
}
