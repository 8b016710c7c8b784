using System.Globalization;
using SimClr.Datasets;

namespace SimClr.Loading;

/// <summary>
/// The classes of Parquet files. Numbers have the names of Hugging Face's metadata, else their digits; false is 0 and true is 1. Texts are
/// classes in ordinal order. A row without a label, with NaN or with a negative one has none.
/// </summary>
/// <param name="Classes">The names by label; empty without labels.</param>
/// <param name="AreTexts">Whether the column has texts; a number beside them is a class named by its digits.</param>
internal sealed record ParquetLabels(IReadOnlyList<string> Classes, bool AreTexts = false)
{
    private const int MostClasses = 1 << 20;

    /// <summary>The classes of the training part.</summary>
    /// <exception cref="InvalidDataException">Two files name other classes, or one has labels and another one has none.</exception>
    public static ParquetLabels Of(IReadOnlyList<ParquetTable> training)
    {
        if (training.FirstOrDefault(table => table.HasLabels) is not { } first) return new([]);
        if (training.FirstOrDefault(table => !(table.Names ?? []).SequenceEqual(first.Names ?? [])) is { } other)
            throw new InvalidDataException($"{other.File} names other classes than {first.File}.");
        if (first.Names is { } names) return new(ClassNames.Apart(names));
        var (texts, numbers, most) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<long>(), -1L);
        foreach (object? label in training.Where(table => table.HasLabels).SelectMany(Labels).Select(row => row.Label))
        {
            if (label is string text) texts.Add(text);
            if (label is long number and >= 0)
            {
                most = Math.Max(most, number);
                if (numbers.Count < MostClasses) numbers.Add(number);
            }
        }
        if (texts.Count > 0) return new([.. texts.Concat(numbers.Select(Digits)).Distinct().Order(StringComparer.Ordinal)], AreTexts: true);
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
            string[]? names = table.Names is { } own ? ClassNames.Apart(own) : null; // a test part may have another order
            if (names?.SequenceEqual(Classes) == true) names = null;
            foreach (var (row, label) in table.HasLabels ? Labels(table) : [])
            {
                string Place() => $"{table.File}, row {row}";
                if (label is double) strange.Add("label", "it is not a whole number", Place());
                else if (Classes.Count == 0) continue;
                else if (label is string text) Name(text);
                else if (label is not long number || number < 0) continue;
                else if (AreTexts && names is null) Name(Digits(number));
                else if (number >= (names?.Length ?? Classes.Count)) throw new InvalidDataException(
                    $"{Place()} has the label {number}; there are {names?.Length ?? Classes.Count} classes.");
                else if (names is null) labels[start + row] = (int)number;
                else Name(names[(int)number]);

                void Name(string name)
                {
                    if (labelOf[name].FirstOrDefault(-1) is >= 0 and var known) labels[start + row] = known;
                    else strange.Add("label", $"the training part has no class {name}", Place());
                }
            }
            start += table.Starts[^1];
        }
        omissions = [.. strange.ToList().Select(omission => omission with { StopsEvaluation = true })];
        return labels;
    }

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<(int Row, object? Label)> Labels(ParquetTable table) =>
        Enumerable.Range(0, table.Starts.Length - 1).SelectMany(group =>
            table.ReadLabels(group).Select((label, row) => (table.Starts[group] + row, label)));
}
