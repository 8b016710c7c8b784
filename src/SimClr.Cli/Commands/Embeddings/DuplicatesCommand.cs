using System.CommandLine;
using System.Globalization;
using SimClr.Evaluation;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr duplicates</c>: near-duplicate images, above all those in both the training and the test part.</summary>
internal static class DuplicatesCommand
{
    private const double DefaultThreshold = 0.995;

    public static Command Create()
    {
        var threshold = NumberOption.Positive("--threshold", "Smallest cosine of a pair. 1: equal features; " +
            "docs/using.md says how to choose it.", "COSINE", most: 1).WithDefault(DefaultThreshold.ToString(CultureInfo.InvariantCulture));
        threshold.DefaultValueFactory = _ => DefaultThreshold;
        var pairs = NumberOption.Whole("--pairs", "Most pairs to list, the most similar first. All are counted.",
            "N", least: 1).WithDefault("100");
        var output = SharedOptions.Picture("Contact sheet of the most similar pairs");
        var command = new Command("duplicates", "Find near-duplicate images, also between train and test") { threshold, pairs, output };
        var encoding = new EncodingOptions(command, takesEmbeddings: true);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            if (parsed.GetValue(output) is { } picture) OutputCheck.RequireFile(picture);
            var images = await encoding.ImagesAsync(parsed, terminal, cancellationToken, parsed.GetValue(output), isPicture: true);
            using var embedder = encoding.Load(parsed, terminal);
            using var embedded = encoding.Embed(parsed, images, embedder, terminal);
            var duplicates = DuplicateSummary.Of(embedded.Rows, parsed.GetValue(threshold)!.Value,
                parsed.GetValue(pairs) ?? 100, pair => DuplicatesOutput.PartsOf(embedded, pair), terminal);
            var found = new DuplicatesOutput(embedded, duplicates);
            if (parsed.GetValue(output) is { } sheet) found.SaveSheet(sheet);
            found.Print(terminal, parsed.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            ("Near-duplicates, also between train/ and test/", "simclr duplicates --weights runs/mine --data photos --output pairs.png"),
            ("Stricter, for a script", "simclr duplicates --embeddings h.npy --data photos --threshold 0.999 --json"));
    }
}
