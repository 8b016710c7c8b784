using System.CommandLine;
using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr pack</c>: writes a data set as a few large files instead of many small ones.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data(required: false);
        var mirror = SharedOptions.Mirror();
        var output = new Option<string?>("--output") { Description = "The folder of the shards; it appears when all of it is written and verified.", HelpName = "DIR" };
        var verify = new Option<string?>("--verify") { Description = "Pack nothing: read these shards again and compare them with their indices.", HelpName = "DIR" };
        var shardSize = new Option<long?>("--shard-size")
        {
            Description = "A shard ends before it grows beyond this; default 256MB.",
            HelpName = "SIZE",
            CustomParser = result =>
            {
                long? bytes = ByteSize.Parse(result.Tokens[0].Value);
                if (bytes is null) result.AddError($"--shard-size takes a size such as 256MB or 1GB, not '{result.Tokens[0].Value}'.");
                else if (bytes < PackOptions.LeastShardBytes) result.AddError($"--shard-size must be at least {ByteSize.Show(PackOptions.LeastShardBytes)}, not '{result.Tokens[0].Value}'.");
                return bytes;
            },
        };
        var shardImages = NumberOption.Whole("--images-per-shard", "A shard ends with this many images.", "N", least: 1);
        var shortSide = NumberOption.Whole("--short-side", "Resize images whose shorter side is longer to it, and encode them as JPEG; default: every image keeps its own bytes.", "S", least: 8);
        var quality = NumberOption.Whole("--quality", "Quality of those JPEGs, 1 to 100; default 95.", "Q", least: 1, most: 100);
        var onBadImage = SharedOptions.OnBadImage("it is named and left out");
        var threads = SharedOptions.Threads();
        var resume = new Option<bool>("--resume") { Description = "Go on after the last shard that is finished; begin where there is none." };

        var command = new Command("pack", "Write a data set into shards: tars in WebDataset's layout, for data larger than memory and slow disks.")
        {
            data, mirror, output, shardSize, shardImages, shortSide, quality, onBadImage, threads, resume, verify,
        };
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            signals.Begin();
            if (parsed.GetValue(verify) is { } shards) return PackRun.Verify(shards, terminal, signals.Token) ? signals.ExitCode : ErrorReport.Failure;
            if (parsed.GetValue(output) is not { } folder || parsed.GetValue(data) is not { } named)
                throw new ConfigurationException("simclr pack needs --data and --output, or --verify alone.");
            var defaults = new PackOptions();
            var options = new PackOptions
            {
                ShardBytes = parsed.GetValue(shardSize) ?? defaults.ShardBytes,
                ShardImages = parsed.GetValue(shardImages) ?? defaults.ShardImages,
                ShortSide = parsed.GetValue(shortSide) ?? defaults.ShortSide,
                Quality = parsed.GetValue(quality) ?? defaults.Quality,
                OnBadImage = parsed.GetValue(onBadImage),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            options.Validate();
            PackRun.RequireFree(folder, parsed.GetValue(resume));
            OutputCheck.RequireFolder(folder);
            var source = await ImageSource.FindAsync(named, DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.RequireOutside(folder);
            if (new PackRun(source, named, folder, options, terminal).Execute(parsed.GetValue(resume), signals.Token) is { } packed) terminal.Result(packed);
            return signals.ExitCode;
        }, outer));
        return command.WithExamples(
            ("Many small files into a few large ones, every image as it is", "simclr pack --data my-photos --output shards"),
            ("Smaller and quicker to decode, for views of up to 224 pixels", "simclr pack --data my-photos --output shards --short-side 256"),
            ("Go on after Ctrl+C or a crash", "simclr pack --data my-photos --output shards --resume"),
            ("… and train on them, near one place of the disk at a time", "simclr pack --data my-photos --output shards && simclr pretrain --data shards --output runs/mine --set shuffle-window=16384"),
            ("See whether they are still what was packed", "simclr pack --verify shards"));
    }
}
