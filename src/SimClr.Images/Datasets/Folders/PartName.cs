using System.Text.RegularExpressions;

namespace SimClr.Datasets;

/// <summary>
/// A folder name that means a part of a data set: <c>train</c>, <c>Testing</c>, <c>val_images</c>, <c>train2017</c>, <c>seg_test</c>.
/// </summary>
/// <param name="Kind">The part.</param>
/// <param name="Rank">The order among names of one kind: the most usual word is first.</param>
/// <param name="Affix">
/// The name with a star instead of the word; empty if the rest of the name means nothing (<see cref="IsPlain"/>).
/// </param>
internal sealed partial record PartName(PartName.Part Kind, int Rank, string Affix)
{
    // The first test word in this list that exists is the test part.
    private static readonly (Part Kind, string Word)[] Words =
    [
        (Part.Train, "train"), (Part.Train, "training"),
        (Part.Test, "test"), (Part.Test, "testing"), (Part.Test, "val"), (Part.Test, "validation"), (Part.Test, "valid"),
        (Part.Test, "eval"), (Part.Test, "evaluation"), (Part.Test, "dev"), (Part.Test, "holdout"),
        (Part.Unlabelled, "unlabeled"), (Part.Unlabelled, "unlabelled"), (Part.Unlabelled, "unsup"), (Part.Unlabelled, "unsupervised"),
    ];

    public enum Part
    {
        Train,
        Test,
        Unlabelled,
    }

    /// <summary>Whether the name has only the word, and words such as set or images.</summary>
    public bool IsPlain => Affix.Length == 0;

    /// <summary>Parses a folder name, in any case; null if it means no part or two parts.</summary>
    public static PartName? Of(string name)
    {
        var found = Letters().Matches(name)
            .Select(letters => (At: letters, Rank: Array.FindIndex(
                Words, word => letters.Value.Equals(word.Word, StringComparison.OrdinalIgnoreCase)
                    || letters.Value.Equals(word.Word + "set", StringComparison.OrdinalIgnoreCase))))
            .Where(letters => letters.Rank >= 0).ToList();
        if (found is not [var (at, rank)]) return null;
        string rest = name.Remove(at.Index, at.Length).ToLowerInvariant();
        return new PartName(
            Words[rank].Kind, rank, Empty().IsMatch(rest) ? "" : name.Remove(at.Index, at.Length).Insert(at.Index, "*").ToLowerInvariant());
    }

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex Letters();

    [GeneratedRegex(@"^([\W_\d]|set|data|images?|imgs?|split|part)*$")]
    private static partial Regex Empty();
}
