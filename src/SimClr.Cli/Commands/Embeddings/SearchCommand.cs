using System.CommandLine;
using System.Globalization;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr search</c>: finds the images most similar to a given one.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var query = new Option<string>("--query")
        {
            Description = "Image file, or index of an image. " +
            "Indices start at 0, in the order of the paths.",
            HelpName = "IMAGE|INDEX",
            Required = true
        };
        var k = NumberOption.Whole("--k", "Number of images to find.", "K", least: 1).WithDefault("12");
        var output = SharedOptions.Picture("Contact sheet of the images");
        var command = new Command("search", "Find the images most similar to one") { query, k, output };
        var encoding = new EncodingOptions(command, takesEmbeddings: true);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            if (parsed.GetValue(output) is { } picture) OutputCheck.RequireFile(picture);
            string asked = parsed.GetValue(query)!;
            int? index = int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
            if (index is null && !File.Exists(asked))
                throw new FileNotFoundException($"--query {asked}: there is no such file. Name an image file or the index of an image.");
            if (index is null && parsed.GetValue(output) is { } file) OutputCheck.RequireOther(file, asked, "the image of --query");
            var images = await encoding.ImagesAsync(parsed, terminal, cancellationToken, parsed.GetValue(output), isPicture: true);
            using var embedder = encoding.Load(parsed, terminal);
            using var encoded = index is null
                ? embedder?.Encode(asked)
                    ?? throw new ConfigurationException("--query with a file needs --weights, which encode the image.")
                : null;
            using var embedded = encoding.Embed(parsed, images, embedder, terminal);
            int count = parsed.GetValue(k) ?? 12;
            var found = new SearchOutput(embedded, index, asked,
                encoded is null ? embedded.Nearest(index!.Value, count) : embedded.Nearest(encoded, count));
            if (parsed.GetValue(output) is { } sheet) found.SaveSheet(sheet);
            found.Print(terminal, parsed.GetValue(json));
            return 0;
        });
        return command.WithDetails("Exact search, by the cosine of the representations.").WithExamples(
            ("The twelve most similar images, as a table and a contact sheet",
                "simclr search --weights runs/mine --data photos --query cat.jpg --output similar.png"),
            ("With embeddings of simclr embed, similar to image 40", "simclr search --embeddings h.npy --data photos --query 40 --k 20"));
    }
}
