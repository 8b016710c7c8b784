using System.Security.Cryptography;
using SimClr.IO;
using SimClr.Weights;

namespace SimClr.Models;

/// <summary>The bytes of a TorchScript file, in memory. Reading them executes nothing; <see cref="ScriptEncoder"/> does.</summary>
internal sealed class ScriptFile
{
    private const int Parents = 3; // of a checkpoint's model.safetensors, up to its run folder

    private readonly Lazy<bool> compiles;

    private ScriptFile(string path, byte[] bytes)
    {
        (Path, Bytes, Sha256) = (path, bytes, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        compiles = new(() => ScriptCompilation.Succeeds(Bytes));
    }

    /// <summary>The absolute path that it was read from.</summary>
    public string Path { get; }

    /// <summary>Its content; borrowed.</summary>
    public byte[] Bytes { get; }

    /// <summary>The hash of <see cref="Bytes"/>, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Whether libtorch can compile the program. If not, loading it would end the process.</summary>
    public bool Compiles => compiles.Value;

    /// <summary>Whether a file is a TorchScript module by its archive. Executes nothing.</summary>
    /// <exception cref="InvalidDataException">It is a damaged zip archive.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsAt(string path)
    {
        using var file = RegularFile.OpenRead(path);
        if (!PyTorchFile.IsZip(file)) return false;
        using var archive = new TorchArchive(file, path);
        return archive.Names.Contains("constants.pkl");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It does not exist.</exception>
    /// <exception cref="InvalidDataException">It is not a TorchScript file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ScriptFile Read(string path)
    {
        if (!File.Exists(path)) throw new ConfigurationException($"The encoder's script {path} does not exist.");
        if (!IsAt(path)) throw new InvalidDataException(
            $"{path} is not a TorchScript file: write one in Python, torch.jit.script(model).save(\"encoder.pt\").");
        return new ScriptFile(System.IO.Path.GetFullPath(path), RegularFile.ReadAllBytes(path));
    }

    /// <summary>Finds and reads the script with a hash: the copy in a run's folder, or the file where it was.</summary>
    /// <param name="path">Where the file was.</param>
    /// <param name="sha256">The hash; null: any, at <paramref name="path"/>.</param>
    /// <param name="near">A run folder, or a file or folder in it; its copies are tried first. Null: only <paramref name="path"/>.</param>
    /// <param name="source">What has the script, in error messages.</param>
    /// <exception cref="InvalidDataException">No file has the hash.</exception>
    /// <exception cref="ConfigurationException">The hash is unknown and the file does not exist.</exception>
    public static ScriptFile Find(string path, string? sha256, string? near, string source)
    {
        if (sha256 is null) return Read(path);
        string name = CopyName(sha256);
        string? folder = near is null ? null : System.IO.Path.GetFullPath(near);
        List<string> places = [];
        for (int i = 0; i <= Parents && folder is not null; i++, folder = System.IO.Path.GetDirectoryName(folder))
        {
            places.Add(System.IO.Path.Combine(folder, name));
        }
        foreach (string place in places.Append(path).Where(File.Exists))
        {
            try
            {
                if (IsAt(place) && Read(place) is var found && found.Sha256 == sha256) return found;
            }
            catch (InvalidDataException)
            {
                // a damaged copy: another may be whole
            }
        }
        throw new InvalidDataException($"{source} has the encoder of a script that is not at {path} any more " +
            $"(SHA-256 {sha256}). Put a copy of it beside the weights, with the name {name}.");
    }

    /// <summary>The name of a copy in a run's folder. It has the hash, so an export cannot replace it by chance.</summary>
    public static string CopyName(string sha256) => $"script-{sha256[..Math.Min(12, sha256.Length)]}.pt";

    /// <summary>Writes a copy into a folder, if it is not there.</summary>
    /// <param name="folder">The folder; it exists.</param>
    /// <exception cref="IOException">It is not writable.</exception>
    public void CopyTo(string folder)
    {
        string copy = System.IO.Path.Combine(folder, CopyName(Sha256));
        if (!File.Exists(copy)) AtomicFile.Write(copy, Bytes);
    }
}
