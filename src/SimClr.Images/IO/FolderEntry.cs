namespace SimClr.IO;

/// <summary>A name in a folder.</summary>
/// <param name="Name">The name. Bytes that are not UTF-8 become U+FFFD, and then the name cannot be used as a path.</param>
/// <param name="Kind">What it is, after following links.</param>
/// <param name="IsUtf8">Whether the name's bytes are UTF-8.</param>
internal readonly record struct FolderEntry(string Name, EntryKind Kind, bool IsUtf8);
