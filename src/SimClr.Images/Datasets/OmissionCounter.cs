using System.Globalization;

namespace SimClr.Datasets;

/// <summary>Counts what is not used, by kind and reason.</summary>
/// <param name="isOrdered">
/// Whether the items come in an order of their own, as the files of a tar. Then the kinds keep this order, and the example is the first of
/// its kind. Otherwise the system chose the order, as for files in folders. Then the kinds that a user may miss come first, and the example
/// is the first path in ordinal order.
/// </param>
internal sealed class OmissionCounter(bool isOrdered = false)
{
    private const int Named = 6;

    private readonly Dictionary<(string What, string Reason, bool IsExpected), (long Count, string Example)> found = [];
    private readonly Dictionary<string, long> others = new(StringComparer.OrdinalIgnoreCase);
    private string other = "";

    /// <summary>The number of kinds so far.</summary>
    public int Kinds => found.Count;

    /// <summary>Counts one item; the parameters are those of <see cref="Omission"/>.</summary>
    public void Add(string what, string reason, string example, bool isExpected = false)
    {
        var key = (what, reason, isExpected);
        found[key] = found.TryGetValue(key, out var known)
            ? (known.Count + 1, isOrdered ? known.Example : First(known.Example, example))
            : (1, example);
    }

    /// <summary>Counts a file that is not an image, by its extension. All such files are one omission.</summary>
    public void AddOther(string path)
    {
        string extension = Path.GetExtension(path);
        others[extension] = others.GetValueOrDefault(extension) + 1;
        other = other.Length == 0 ? path : First(other, path);
    }

    /// <summary>The omissions.</summary>
    public IReadOnlyList<Omission> ToList()
    {
        var all = found.Select(f => new Omission(f.Key.What, f.Value.Count, f.Key.Reason, f.Value.Example, f.Key.IsExpected)).ToList();
        if (others.Count > 0) all.Add(
            new Omission($"file that is no image ({Extensions()})", others.Values.Sum(), "only images are", other, IsExpected: true));
        return isOrdered ? all
            : [.. all.OrderBy(o => o.IsExpected)
                .ThenByDescending(o => o.Count).ThenBy(o => o.What, StringComparer.Ordinal).ThenBy(o => o.Reason, StringComparer.Ordinal)];
    }

    private string Extensions()
    {
        var ordered = others.OrderByDescending(o => o.Value).ThenBy(o => o.Key, StringComparer.OrdinalIgnoreCase)
            .Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Value} {(o.Key.Length > 0 ? o.Key : "without an extension")}"));
        return string.Join(", ", ordered.Take(Named)) + (others.Count > Named ? ", …" : "");
    }

    private static string First(string a, string b) => string.CompareOrdinal(a, b) <= 0 ? a : b;
}
