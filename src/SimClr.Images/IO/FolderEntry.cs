namespace SimClr.IO;

/// <summary>A name in a folder.</summary>
/// <param name="Name">As it is; where it is not UTF-8, with U+FFFD for what is not, and then no path leads to it.</param>
/// <param name="Kind">What it stands for, links followed.</param>
/// <param name="IsUtf8">Whether the name's bytes are UTF-8.</param>
internal readonly record struct FolderEntry(string Name, EntryKind Kind, bool IsUtf8);
