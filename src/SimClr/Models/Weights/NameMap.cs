using System.Text.RegularExpressions;

namespace SimClr.Models;

/// <summary>The names of a network's tensors in another program, beside ours.</summary>
/// <remarks>
/// A pair stands for a tensor, or for a layer with all its tensors: <c>encoder.ln</c> also for <c>encoder.ln.weight</c>. A <c>#</c> is a
/// number, which is the same in both names. A <c>*</c> is a number that ours lacks.
/// </remarks>
internal sealed class NameMap
{
    private const string Number = @"(?<number>0|[1-9][0-9]{0,3})", Rest = @"(?<rest>\.\w+)?",
        Dropped = "(?:0|[1-9][0-9]{0,3})";

    private readonly (Regex Theirs, Regex Ours, string Their, string Our)[] pairs;

    /// <param name="pairs">Their name and ours; the first of several pairs with one name of ours is the one that is written.</param>
    public NameMap(IEnumerable<(string Theirs, string Ours)> pairs) =>
        this.pairs = [.. pairs.Select(p => (Pattern(p.Theirs), Pattern(p.Ours), p.Theirs, p.Ours))];

    /// <summary>Our name for a tensor; null for one that is not in the map.</summary>
    public string? Ours(string theirs) =>
        pairs.Select(p => Renamed(p.Theirs.Match(theirs), p.Our)).FirstOrDefault(name => name is not null);

    /// <summary>Their name for a tensor; null for one that is not in the map.</summary>
    public string? Theirs(string ours) => pairs.Where(p => !p.Their.Contains('*', StringComparison.Ordinal))
        .Select(p => Renamed(p.Ours.Match(ours), p.Their)).FirstOrDefault(name => name is not null);

    /// <summary>Pairs of equal names.</summary>
    public static IEnumerable<(string, string)> Same(params IEnumerable<string> names) => names.Select(name => (name, name));

    private static Regex Pattern(string name) => new("^" + Regex.Escape(name).Replace(@"\#", Number, StringComparison.Ordinal)
        .Replace(@"\*", Dropped, StringComparison.Ordinal) + Rest + "$", RegexOptions.CultureInvariant);

    private static string? Renamed(Match match, string name) => !match.Success ? null
        : name.Replace("#", match.Groups["number"].Value, StringComparison.Ordinal) + match.Groups["rest"].Value;
}
