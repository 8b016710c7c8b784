namespace SimClr.IO;

/// <summary>macOS.</summary>
internal sealed class MacFiles() : UnixFiles(openFilesLimit: 8, wouldBlock: 35);
