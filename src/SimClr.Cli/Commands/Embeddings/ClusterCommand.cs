using System.CommandLine;
using SimClr.Evaluation;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr cluster</c>: groups of similar images, found without labels.</summary>
internal static class ClusterCommand
{
    public static Command Create()
    {
        var clusters = NumberOption.Whole("--clusters", "Number of clusters.", "K", least: 1);
        clusters.Required = true;
        var seed = NumberOption.Seed("Seed of the initial centres.").WithDefault("0");
        var output = new Option<string?>("--output")
        { Description = "Folder for clusters.csv and a contact sheet of each cluster.", HelpName = "DIR" };
        var command = new Command("cluster", "Group similar images by spherical k-means") { clusters, seed, output };
        var encoding = new EncodingOptions(command, takesEmbeddings: true);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var terminal = parsed.Terminal();
            string? folder = parsed.GetValue(output);
            if (folder is not null) OutputCheck.RequireEmptyFolder(folder);
            var images = await encoding.ImagesAsync(parsed, terminal, cancellationToken, folder);
            using var embedder = encoding.Load(parsed, terminal);
            using var embedded = encoding.Embed(parsed, images, embedder, terminal);
            int groups = parsed.GetValue(clusters)!.Value;
            if (groups > embedded.Rows.Count)
                throw new InvalidDataException($"--clusters must be between 1 and {embedded.Rows.Count}, " +
                    $"the number of {embedded.Unit}, not {groups}.");
            terminal.Note($"clustering {embedded.Rows.Count} × {embedded.Rows.Dimensions}");
            using var result = KMeans.Run(embedded.Rows, new KMeansOptions { Clusters = groups, Seed = parsed.GetValue(seed) ?? 0 });
            var found = new ClusterOutput(embedded, result);
            if (folder is not null) found.Save(folder);
            found.Print(terminal, parsed.GetValue(json));
            return 0;
        });
        return command.WithDetails("With labels it prints how well the clusters agree with them.").WithExamples(
            ("Twenty clusters, with a contact sheet of each",
                "simclr cluster --weights runs/mine --data photos --clusters 20 --output groups"));
    }
}
