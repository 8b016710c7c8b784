namespace SimClr.IO;

/// <summary>
/// The kind of an entry in a folder. The numbers are the kernel's: <c>d_type</c> of an entry, the upper four bits of a mode.
/// </summary>
internal enum EntryKind
{
    /// <summary>A broken link, or a name that no longer exists.</summary>
    Missing = -1,

    /// <summary>The system does not say.</summary>
    Unknown = 0,

    NamedPipe = 1,

    CharacterDevice = 2,

    Folder = 4,

    BlockDevice = 6,

    Regular = 8,

    Link = 10,

    Socket = 12,
}
