namespace SimClr.IO;

/// <summary>
/// What the system knows about a path, without opening it. Links are followed. Opening a named pipe would wait for a writer.
/// </summary>
/// <param name="Kind">What the path leads to; <see cref="EntryKind.Unknown"/> if the system does not say.</param>
/// <param name="Identity">Equal for all paths to the same folder; on Linux device and inode. 0 if the system does not say.</param>
internal readonly record struct FileStatus(EntryKind Kind, UInt128 Identity);
