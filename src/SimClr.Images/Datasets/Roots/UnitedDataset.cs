namespace SimClr.Datasets;

/// <summary>
/// Several data sets in sequence, under one name. Classes with the same name are one class: first those of the first data set in their
/// order, then what each further one adds. So the first data set keeps its labels.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
public class UnitedDataset : WrappedDataset
{
    private readonly IImageDataset[] sets;
    private readonly int[][] labels; // of each set: the label here by the label there
    private readonly int[] ends; // the end of each set, among all images

    private UnitedDataset(string name, IReadOnlyList<IImageDataset> sets, IReadOnlyList<string> classes)
        : base(sets.Count > 0 ? sets[0] : throw new ArgumentException("At least one data set is needed.", nameof(sets)))
    {
        if (sets.FirstOrDefault(set => set.Channels != sets[0].Channels) is { } other)
            throw new InvalidDataException($"The images of {sets[0].Name} have {sets[0].Channels} channels and " +
                $"those of {other.Name} {other.Channels}: they cannot be used together.");
        (Name, this.sets) = (name, [.. sets]);
        Classes = [.. classes.Concat(sets.SelectMany(set => set.Classes)).Distinct(StringComparer.Ordinal)];
        var labelOf = Classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        labels = [.. sets.Select(set => set.Classes.Select(found => labelOf[found]).ToArray())];
        ends = new int[sets.Count];
        for (int i = 0; i < ends.Length; i++) ends[i] = checked((i == 0 ? 0 : ends[i - 1]) + sets[i].Count);
    }

    /// <summary>Unites data sets. If all are <see cref="IEncodedImages"/>, so is the result.</summary>
    /// <param name="name">The name of the whole, for people.</param>
    /// <param name="sets">At least one, in their order; borrowed for as long as the result is used.</param>
    /// <param name="classes">Classes that come before those of the data sets. Default: none.</param>
    /// <exception cref="ArgumentException">There is no data set.</exception>
    /// <exception cref="InvalidDataException">Two data sets have different channels.</exception>
    public static UnitedDataset Of(string name, IReadOnlyList<IImageDataset> sets, IReadOnlyList<string>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(sets);
        return sets.All(set => set is IEncodedImages) ? new Encoded(name, sets, classes ?? [])
            : new UnitedDataset(name, sets, classes ?? []);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Count => ends[^1];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Omission> Omissions => [.. sets.SelectMany(set => set.Omissions).Distinct()];

    /// <inheritdoc/>
    public override bool HasTiles => sets.Any(set => set.HasTiles);

    /// <summary>The data set that contains image <paramref name="index"/>, from 0.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    public int SetOf(int index) => Locate(index).Set;

    /// <inheritdoc/>
    public override int Label(int index)
    {
        var (set, at) = Locate(index);
        int label = sets[set].Label(at);
        return label < 0 ? label : labels[set][label];
    }

    /// <inheritdoc/>
    protected override (IImageDataset Data, int Index) Find(int index)
    {
        var (set, at) = Locate(index);
        return (sets[set], at);
    }

    private (int Set, int Index) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int set = Array.FindIndex(ends, end => index < end);
        return (set, index - (ends[set] - sets[set].Count));
    }

    private sealed class Encoded(string name, IReadOnlyList<IImageDataset> sets, IReadOnlyList<string> classes)
        : UnitedDataset(name, sets, classes), IEncodedImages
    {
        public byte[] ReadEncoded(int index) => Files(index, out int at).ReadEncoded(at);

        public int ReadHead(int index, Span<byte> head) => Files(index, out int at).ReadHead(at, head);

        public string FileName(int index) => Files(index, out int at).FileName(at);

        private IEncodedImages Files(int index, out int at)
        {
            (var set, at) = Find(index);
            return (IEncodedImages)set;
        }
    }
}
