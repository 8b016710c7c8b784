namespace SimClr.Fuzz.Readers;

/// <summary>
/// A reader of files from outside. Its guarantee for any bytes: it reads them, or refuses them with a documented exception.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="File">The name of the file that is changed.</param>
/// <param name="Seeds">Complete files, each of which the reader accepts.</param>
/// <param name="Read">Reads the file at a path; throws <see cref="BrokenPromiseException"/> if the result violates a guarantee.</param>
internal sealed record FuzzReader(string Name, string File, IReadOnlyList<byte[]> Seeds, Action<string> Read)
{
    /// <summary>Files beside the changed one that stay unchanged, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Beside { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Corrects the checksums of a changed file.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Makes the file from the changed bytes: compresses them, or puts them into their container.</summary>
    public Func<byte[], byte[]>? Pack { get; init; }

    /// <summary>Words of the file's language.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Managed bytes that reading may take regardless of the file's size; the process may take twice as many.</summary>
    public long Allowance { get; init; } = 160 << 20;

    /// <summary>Whether the reader's documentation names the exception.</summary>
    public Func<Exception, bool> Refuses { get; init; } = e => e is InvalidDataException or IOException;

    /// <summary>Whether a refusal names the file.</summary>
    public bool NamesFile { get; init; } = true;

    /// <summary>Whether reading changes the files beside the changed one.</summary>
    public bool Rewrites { get; init; }

    /// <summary>Of a slow reader, only one in this many of the requested mutations is run.</summary>
    public int OneIn { get; init; } = 1;

    /// <summary>FNV-1a of the reader's name: makes its mutations differ from those of other readers.</summary>
    public uint Purpose => Name.Aggregate(2166136261, (hash, c) => unchecked((hash ^ c) * 16777619));

    /// <summary>Like <see cref="Refuses"/>, for readers of settings.</summary>
    public static bool RefusesSettings(Exception e) => e is ConfigurationException or InvalidDataException or IOException;
}
