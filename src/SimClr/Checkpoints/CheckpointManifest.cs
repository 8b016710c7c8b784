using System.Security.Cryptography;
using System.Text.Json;
using SimClr.IO;

namespace SimClr.Checkpoints;

/// <summary>The expected lengths and hashes of a checkpoint's files: its <c>manifest.json</c>.</summary>
internal sealed record CheckpointManifest(int Format, long Step, IReadOnlyDictionary<string, CheckpointManifest.FileSeal> Files)
{
    public const string FileName = "manifest.json";
    public const int KnownFormat = 1;

    /// <summary>The length of a file in bytes, and its SHA-256 in hexadecimal.</summary>
    public readonly record struct FileSeal(long Length, string Sha256)
    {
        /// <summary>Writes a new file, flushed to the disk. The seal covers the bytes as written, not as read back.</summary>
        public static FileSeal Write(string path, Action<Stream> write)
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
            using var sha = SHA256.Create();
            using (var hashing = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true)) write(hashing);
            file.Flush(flushToDisk: true);
            return new(file.Length, Convert.ToHexStringLower(sha.Hash!));
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonText.Records);

    /// <summary>Reads the manifest of a checkpoint that must have exactly these files.</summary>
    /// <exception cref="InvalidDataException">The manifest is damaged or has an unknown format.</exception>
    public static CheckpointManifest Read(string folder, IReadOnlyCollection<string> files)
    {
        var manifest = Parse(Path.Combine(folder, FileName));
        return manifest.Files.Keys.Order().SequenceEqual(files.Order())
            ? manifest
            : throw new InvalidDataException(
                $"{FileName} names the files {string.Join(", ", manifest.Files.Keys)} instead of {string.Join(", ", files)}");
    }

    /// <summary>
    /// Opens a file of the checkpoint after checking every byte. The open handle cannot be replaced by another file of the same name.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not the one that was saved.</exception>
    public FileStream Open(string folder, string name)
    {
        var (length, sha256) = Files[name];
        var file = RegularFile.OpenRead(Path.Combine(folder, name));
        var problem = file.Length != length ? $"{name} has {file.Length} bytes instead of {length}"
            : Convert.ToHexStringLower(SHA256.HashData(file)) != sha256 ? $"{name} does not have the SHA-256 that {FileName} gives"
            : null;
        file.Position = 0;
        if (problem is null) return file;
        file.Dispose();
        throw new InvalidDataException(problem);
    }

    private static CheckpointManifest Parse(string path)
    {
        try
        {
            var bytes = RegularFile.ReadAllBytes(path);
            JsonFormat.Require(bytes, KnownFormat, FileName);
            return JsonSerializer.Deserialize<CheckpointManifest>(bytes, JsonText.Records)!;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{FileName} is not the manifest of a checkpoint ({e.Message})", e);
        }
    }
}
