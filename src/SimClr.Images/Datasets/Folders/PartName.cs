using System.Text.RegularExpressions;

namespace SimClr.Datasets;

/// <summary>A folder's name that says which part of a data set it is: <c>train</c>, <c>Testing</c>, <c>val_images</c>, <c>train2017</c>, <c>seg_test</c>.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Rank">Among names of the kind, which comes first: the usual word.</param>
/// <param name="Affix">The name with a star for the word; empty where what is left says nothing (<see cref="IsPlain"/>).</param>
internal sealed partial record PartName(PartName.Part Kind, int Rank, string Affix)
{
    // The first test word that is there is the test part.
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

    /// <summary>Whether nothing but the word, and words such as set or images, is in the name.</summary>
    public bool IsPlain => Affix.Length == 0;

    /// <summary>Reads a folder's name, in any case; null where it names no part, or two.</summary>
    public static PartName? Of(string name)
    {
        var found = Letters().Matches(name)
            .Select(letters => (At: letters, Rank: Array.FindIndex(Words, word => letters.Value.Equals(word.Word, StringComparison.OrdinalIgnoreCase) || letters.Value.Equals(word.Word + "set", StringComparison.OrdinalIgnoreCase))))
            .Where(letters => letters.Rank >= 0).ToList();
        if (found is not [var (at, rank)]) return null;
        string rest = name.Remove(at.Index, at.Length).ToLowerInvariant();
        return new PartName(Words[rank].Kind, rank, Empty().IsMatch(rest) ? "" : name.Remove(at.Index, at.Length).Insert(at.Index, "*").ToLowerInvariant());
    }

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex Letters();

    [GeneratedRegex(@"^([\W_\d]|set|data|images?|imgs?|split|part)*$")]
    private static partial Regex Empty();
}
