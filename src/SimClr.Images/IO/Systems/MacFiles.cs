namespace SimClr.IO;

/// <summary>macOS.</summary>
internal sealed class MacFiles() : UnixFiles(folderFlags: 0, openFilesLimit: 8, wouldBlock: 35);
