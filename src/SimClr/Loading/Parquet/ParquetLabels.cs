using System.Globalization;
using SimClr.Datasets;

namespace SimClr.Loading;

/// <summary>
/// The classes of Parquet files. Numbers have the names of Hugging Face's metadata, else their digits; false is 0 and true is 1. Texts are
/// classes in ordinal order. A row without a label, with NaN or with a negative one has none.
/// </summary>
/// <param name="Classes">The names by label; empty without labels.</param>
internal sealed record ParquetLabels(IReadOnlyList<string> Classes)
{
    private const int MostClasses = 1 << 20;

    /// <summary>The classes of the training part.</summary>
    /// <exception cref="InvalidDataException">Two files name other classes, or one has labels and another one has none.</exception>
    public static ParquetLabels Of(IReadOnlyList<ParquetTable> training)
    {
        if (training.FirstOrDefault(table => table.HasLabels) is not { } first) return new([]);
        if (first.Names is { } names)
        {
            return training.FirstOrDefault(table => table.Names is null || !table.Names.SequenceEqual(names)) is { } other
                ? throw new InvalidDataException($"{other.File} names other classes than {first.File}.") : new(names);
        }
        var (texts, most) = (new HashSet<string>(StringComparer.Ordinal), -1L);
        foreach (object? label in training.Where(table => table.HasLabels).SelectMany(Labels).Select(row => row.Label))
        {
            if (label is string text) texts.Add(text);
            if (label is long number) most = Math.Max(most, number);
        }
        if (texts.Count > 0) return new([.. texts.Order(StringComparer.Ordinal)]);
        return most < MostClasses
            ? new([.. Enumerable.Range(0, (int)most + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))])
            : throw new InvalidDataException($"{first.File} or a file beside it has the label {most}; labels are below {MostClasses}. " +
                "Choose another column with --label-column, or \"\" for none.");
    }

    /// <summary>
    /// The labels of all rows; null without labels. Texts that are no class, and numbers that are not whole, are counted.
    /// </summary>
    /// <exception cref="InvalidDataException">A number is no class; the message names file and row.</exception>
    public int[]? Of(IReadOnlyList<ParquetTable> tables, out IReadOnlyList<Omission> omissions)
    {
        var strange = new OmissionCounter(isOrdered: true);
        omissions = [];
        if (!tables.Any(table => table.HasLabels)) return null;
        var labelOf = Classes.Index().ToLookup(c => c.Item, c => c.Index, StringComparer.Ordinal);
        int[] labels = new int[tables.Sum(table => table.Starts[^1])];
        Array.Fill(labels, -1);
        int start = 0;
        foreach (var table in tables)
        {
            foreach (var (row, label) in table.HasLabels ? Labels(table) : [])
            {
                string Place() => $"{table.File}, row {row}";
                if (label is double) strange.Add("label", "it is not a whole number", Place());
                else if (Classes.Count == 0) continue;
                else if (label is string text && labelOf[text].FirstOrDefault(-1) is >= 0 and var known) labels[start + row] = known;
                else if (label is string other) strange.Add("label", $"the training part has no class {other}", Place());
                else if (label is long number and >= 0)
                    labels[start + row] = number < Classes.Count ? (int)number : throw new InvalidDataException(
                        $"{Place()} has the label {number}; there are {Classes.Count} classes.");
            }
            start += table.Starts[^1];
        }
        omissions = [.. strange.ToList().Select(omission => omission with { StopsEvaluation = true })];
        return labels;
    }

    private static IEnumerable<(int Row, object? Label)> Labels(ParquetTable table) =>
        Enumerable.Range(0, table.Starts.Length - 1).SelectMany(group =>
            table.ReadLabels(group).Select((label, row) => (table.Starts[group] + row, label)));
}
