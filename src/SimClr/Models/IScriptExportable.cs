namespace SimClr.Models;

/// <summary>An encoder that can be written as a TorchScript file.</summary>
internal interface IScriptExportable
{
    /// <summary>Writes the encoder in evaluation mode, on the CPU, atomically.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="metadata">Texts to store beside the program, as in a .pth file.</param>
    /// <exception cref="IOException">The file is not writable.</exception>
    void WriteScript(string path, IReadOnlyDictionary<string, string> metadata);
}
