using System.CommandLine;
using SimClr.Export;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr embed</c>: writes the representation of every image as a row of a file.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output")
        { Description = "File to write: .npy (names in .index.csv beside it), .csv or .parquet.", HelpName = "FILE", Required = true };
        var float16 = new Option<bool>("--float16") { Description = "Write float16, which takes half the bytes." }.In(HelpGroup.Output);
        var resume = new Option<bool>("--resume") { Description = "Continue an unfinished --output, or start it." };
        var command = new Command("embed", "Write the representation of every image to a file") { output, float16, resume };
        var encoding = new EncodingOptions(command, takesEmbeddings: false);
        var json = SharedOptions.Json();
        command.Options.Add(json);
        command.SetAction((parsed, outer) => RankedCommand.RunAsync(ranks => StopSignals.RunAsync(async signals =>
        {
            var terminal = ranks.Of(parsed.Terminal());
            var target = new EmbeddingOutput(parsed.GetValue(output)!);
            if (ranks.IsFirst)
            {
                OutputCheck.RequireFile(target.FilePath);
                target.RequireFree(parsed.GetValue(resume));
            }
            var images = (await ranks.FirstThenOthersAsync(() =>
                encoding.ImagesAsync(parsed, terminal, signals.Token, parsed.GetValue(output))))!; // it takes no embeddings
            using var embedder = encoding.Load(parsed, terminal, ranks)!;
            var manifest = EmbeddingManifest.Of(embedder, images, encoding.Part(parsed), parsed.GetValue(float16));
            signals.Begin();
            if (!new EmbeddingRun(target, manifest, images, embedder, terminal, ranks).Execute(parsed.GetValue(resume), signals.Token))
                return signals.ExitCode;
            new EmbedOutput(target.FilePath, manifest).Print(terminal, parsed.GetValue(json));
            return 0;
        }, outer)));
        return command.WithDetails("A row for each image, in the order of their paths.").WithExamples(
            ("A row for every image, for NumPy", "simclr embed --weights runs/mine --data photos --output h.npy"),
            ("With torchvision's weights, in float16, continued after a stop",
                "simclr embed --weights resnet18.pth --data photos --output h.npy --float16 --resume"));
    }
}
