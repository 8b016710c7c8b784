namespace SimClr.Fuzz.Readers;

/// <summary>Something that reads files from elsewhere, and what it promises of any bytes at all: to read them, or to refuse them by name.</summary>
/// <param name="Name">What a person calls it.</param>
/// <param name="File">The name of the file that is changed.</param>
/// <param name="Seeds">Whole files, each of which is read.</param>
/// <param name="Read">Reads the file at a path; throws <see cref="BrokenPromiseException"/> where what came out of it cannot be.</param>
internal sealed record FuzzReader(string Name, string File, IReadOnlyList<byte[]> Seeds, Action<string> Read)
{
    /// <summary>What lies beside the file and is never changed, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Beside { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Makes a changed file's checksums right again.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Makes the file of what was changed: compresses it, or puts it into its container.</summary>
    public Func<byte[], byte[]>? Pack { get; init; }

    /// <summary>Words of the file's language.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Bytes that reading may take whatever the size of the file, managed; of the process twice as many.</summary>
    public long Allowance { get; init; } = 160 << 20;

    /// <summary>Whether an exception is one of those that the reader's doc names.</summary>
    public Func<Exception, bool> Refuses { get; init; } = e => e is InvalidDataException or IOException;

    /// <summary>Whether a refusal says which file it is of.</summary>
    public bool NamesFile { get; init; } = true;

    /// <summary>Whether reading changes what lies beside the file.</summary>
    public bool Rewrites { get; init; }

    /// <summary>One in so many of the mutations that are asked for, of a slow reader.</summary>
    public int OneIn { get; init; } = 1;

    /// <summary>Tells its mutations from those of others: FNV-1a of its name.</summary>
    public uint Purpose => Name.Aggregate(2166136261, (hash, c) => unchecked((hash ^ c) * 16777619));

    /// <summary>As <see cref="Refuses"/>, of readers of settings.</summary>
    public static bool RefusesSettings(Exception e) => e is ConfigurationException or InvalidDataException or IOException;
}
