namespace SimClr.IO;

/// <summary>Suggests the word that a user probably meant.</summary>
public static class Spelling
{
    /// <summary>The nearest word among <paramref name="known"/>; null if none is similar.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="known">The words that it may be.</param>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var (nearest, distance) = known
            .Select(k => (k, Math.Min(Distance(word, k), Distance(word[(word.LastIndexOf('.') + 1)..], k[(k.LastIndexOf('.') + 1)..]) + 1)))
            .DefaultIfEmpty() // a command without sub-commands knows no words
            .MinBy(k => k.Item2);
        return nearest is not null && distance <= Math.Max(2, word.Length / 2) ? nearest : null;
    }

    // Levenshtein distance: insertions, deletions and substitutions of characters.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
