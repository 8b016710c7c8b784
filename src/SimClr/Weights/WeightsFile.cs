using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>Reads tensors by name from whichever of the known formats a file has; its content decides, not its name.</summary>
public static class WeightsFile
{
    /// <summary>Reads every tensor of a safetensors file or of a file that <c>torch.save</c> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unread">
    /// Takes the names of what is no tensor that can be read here, with what it is (<c>of type F8_E4M3</c>, <c>of class argparse.Namespace</c>);
    /// null: a tensor of such a type is an error.
    /// </param>
    /// <returns>By name, on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">It is of no known format, damaged or hostile; the message names the file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, IDictionary<string, string>? unread = null) =>
        IsPyTorch(path) ? PyTorchFile.Read(path, unread) : Safetensors.Read(path, unread);

    /// <summary>Reads the texts that stand beside the tensors.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path) => IsPyTorch(path) ? PyTorchFile.ReadMetadata(path) : Safetensors.ReadHeader(path).Metadata;

    // A pickle begins with 80 and its protocol; so may a safetensors file, whose header then follows at offset 8.
    private static bool IsPyTorch(string path)
    {
        using var file = RegularFile.OpenRead(path);
        if (PyTorchFile.IsZip(file)) return true;
        Span<byte> head = stackalloc byte[9];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return read >= 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && !(read == head.Length && head[8] == (byte)'{');
    }
}
