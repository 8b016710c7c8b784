using System.CommandLine;
using System.Globalization;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr search</c>: finds the images most similar to a given one.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var query = new Option<string>("--query") { Description = "An image file, or the number of one of the images, from 0 in the order of their paths.", HelpName = "IMAGE|INDEX", Required = true };
        var k = NumberOption.Whole("--k", "How many images; default 12.", "K", least: 1);
        var output = SharedOptions.Picture("A contact sheet of them");
        var command = new Command("search", "Find the images most similar to one: exact, by the cosine of their representations.") { query, k, output };
        var encoding = new EncodingOptions(command, takesEmbeddings: true);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var terminal = parsed.Terminal();
            if (parsed.GetValue(output) is { } picture) OutputCheck.RequireFile(picture);
            string asked = parsed.GetValue(query)!;
            int? index = int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
            if (index is null && !File.Exists(asked)) throw new FileNotFoundException($"--query {asked}: there is no such file; a number names one of the images.");
            var images = await encoding.ImagesAsync(parsed, terminal, cancellation, parsed.GetValue(output), isPicture: true);
            using var embedder = encoding.Load(parsed, terminal);
            using var encoded = index is null ? embedder?.Encode(asked) ?? throw new ConfigurationException("--query with a file needs --weights: the image has yet to be encoded.") : null;
            using var embedded = encoding.Embed(parsed, images, embedder, terminal);
            int count = parsed.GetValue(k) ?? 12;
            var found = new SearchOutput(embedded, index, asked, encoded is null ? embedded.Nearest(index!.Value, count) : embedded.Nearest(encoded, count));
            if (parsed.GetValue(output) is { } sheet) found.SaveSheet(sheet);
            found.Print(terminal, parsed.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            ("The twelve images most like one, as a table and a sheet", "simclr search --weights runs/mine --data photos --query cat.jpg --output similar.png"),
            ("From embeddings made before, image 40 of them", "simclr search --embeddings h.npy --data photos --query 40 --k 20"));
    }
}
