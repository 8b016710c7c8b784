using System.Globalization;

namespace SimClr.Datasets;

/// <summary>Counts what is not used, each kind under its reason; the example is the first path in ordinal order, whatever order the system lists.</summary>
internal sealed class OmissionCounter
{
    private const int Named = 6;

    private readonly Dictionary<(string What, string Reason, bool IsExpected), (long Count, string Example)> found = [];
    private readonly Dictionary<string, long> others = new(StringComparer.OrdinalIgnoreCase);
    private string other = "";

    /// <summary>Counts one; as for <see cref="Omission"/>.</summary>
    public void Add(string what, string reason, string example, bool isExpected = false)
    {
        var key = (what, reason, isExpected);
        found[key] = found.TryGetValue(key, out var known) ? (known.Count + 1, First(known.Example, example)) : (1, example);
    }

    /// <summary>Counts a file that is no image, by its extension; all of them are one omission.</summary>
    public void AddOther(string path)
    {
        string extension = Path.GetExtension(path);
        others[extension] = others.GetValueOrDefault(extension) + 1;
        other = other.Length == 0 ? path : First(other, path);
    }

    /// <summary>What was counted: first what somebody may miss.</summary>
    public IReadOnlyList<Omission> ToList()
    {
        var all = found.Select(f => new Omission(f.Key.What, f.Value.Count, f.Key.Reason, f.Value.Example, f.Key.IsExpected)).ToList();
        if (others.Count > 0) all.Add(new Omission($"file that is no image ({Extensions()})", others.Values.Sum(), "only images are", other, IsExpected: true));
        return [.. all.OrderBy(o => o.IsExpected).ThenByDescending(o => o.Count).ThenBy(o => o.What, StringComparer.Ordinal).ThenBy(o => o.Reason, StringComparer.Ordinal)];
    }

    private string Extensions()
    {
        var ordered = others.OrderByDescending(o => o.Value).ThenBy(o => o.Key, StringComparer.OrdinalIgnoreCase)
            .Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Value} {(o.Key.Length > 0 ? o.Key : "without an extension")}"));
        return string.Join(", ", ordered.Take(Named)) + (others.Count > Named ? ", …" : "");
    }

    private static string First(string a, string b) => string.CompareOrdinal(a, b) <= 0 ? a : b;
}
