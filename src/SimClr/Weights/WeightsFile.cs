using SimClr.IO;
using static TorchSharp.torch;

namespace SimClr.Weights;

/// <summary>Reads named tensors from a file in any known format. The content decides the format, not the name.</summary>
public static class WeightsFile
{
    /// <summary>Reads every tensor of a safetensors file or a <c>torch.save</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unread">
    /// Receives the names of entries that cannot be read as tensors, with their kind (<c>of type F8_E4M3</c>,
    /// <c>of class argparse.Namespace</c>). Null: a tensor of an unsupported type is an error.
    /// </param>
    /// <returns>The tensors by name, on the CPU; owned by the caller.</returns>
    /// <exception cref="InvalidDataException">
    /// The format is unknown, or the file is damaged or hostile. The message names the file.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, IDictionary<string, string>? unread = null) =>
        IsPyTorch(path) ? PyTorchFile.Read(path, unread) : Safetensors.Read(path, unread);

    /// <summary>Reads the metadata texts of the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path) =>
        IsPyTorch(path) ? PyTorchFile.ReadMetadata(path) : Safetensors.ReadHeader(path).Metadata;

    // A pickle begins with 80 and its protocol. A safetensors file may too, but its header then follows at offset 8.
    private static bool IsPyTorch(string path)
    {
        if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException(
                $"{path} is an ONNX file, whose weights are not read. Name the run or the weights that it is from.");
        using var file = RegularFile.OpenRead(path);
        if (PyTorchFile.IsZip(file)) return true;
        Span<byte> head = stackalloc byte[9];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return read >= 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && !(read == head.Length && head[8] == (byte)'{');
    }
}
