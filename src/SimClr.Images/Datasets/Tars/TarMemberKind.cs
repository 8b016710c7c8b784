namespace SimClr.Datasets;

/// <summary>The kind of a member of a tar.</summary>
internal enum TarMemberKind
{
    /// <summary>A plain file; its bytes are contiguous.</summary>
    File,

    /// <summary>A sparse file; its bytes are not contiguous.</summary>
    SparseFile,

    /// <summary>A hard link; its target is the path of a member.</summary>
    HardLink,

    /// <summary>A symbolic link; its target is relative to the folder of the link.</summary>
    SymbolicLink,

    /// <summary>A folder, a device, a volume label, or anything else without data to read.</summary>
    Other,
}
