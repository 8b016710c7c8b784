using System.CommandLine;
using SimClr.Evaluation;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr duplicates</c>: near-duplicate images, above all those in both the training and the test part.</summary>
internal static class DuplicatesCommand
{
    private const double DefaultThreshold = 0.995;

    public static Command Create()
    {
        var threshold = NumberOption.Positive("--threshold", "The least cosine of a pair, 1 for images whose features are equal; see docs/using.md on choosing it.", "COSINE", most: 1);
        threshold.DefaultValueFactory = _ => DefaultThreshold;
        var pairs = NumberOption.Whole("--pairs", "The most pairs that are listed, the most similar first; all are counted. Default 100.", "N", least: 1);
        var output = SharedOptions.Picture("A contact sheet of the most similar pairs");
        var command = new Command("duplicates", "Find near-duplicates within a set of images and between its training and test part.") { threshold, pairs, output };
        var encoding = new EncodingOptions(command, takesEmbeddings: true);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            if (parsed.GetValue(output) is { } picture) OutputCheck.RequireFile(picture);
            var images = await encoding.ImagesAsync(parsed, terminal, cancellation, parsed.GetValue(output), isPicture: true);
            using var embedder = encoding.Load(parsed, terminal);
            using var embedded = encoding.Embed(parsed, images, embedder, terminal);
            var duplicates = DuplicateSummary.Of(embedded.Values, parsed.GetValue(threshold)!.Value, parsed.GetValue(pairs) ?? 100, pair => DuplicatesOutput.PartsOf(embedded, pair), terminal);
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
