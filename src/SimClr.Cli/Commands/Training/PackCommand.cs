using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.IO;
using SimClr.Loading;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr pack</c>: writes a data set as a few large files instead of many small ones.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        var data = SharedOptions.Data(required: false);
        var mirror = SharedOptions.Mirror();
        var output = new Option<string?>("--output")
        { Description = "Folder of the shards. It appears when all shards are written and verified.", HelpName = "DIR" };
        var verify = new Option<string?>("--verify")
        { Description = "Only read these shards and compare them with their indices.", HelpName = "DIR" };
        var shardSize = new Option<long?>("--shard-size")
        {
            Description = "Largest size of a shard.",
            HelpName = "SIZE",
            CustomParser = result =>
            {
                long? bytes = ByteSize.Parse(result.Tokens[0].Value);
                if (bytes is null) result.AddError($"--shard-size takes a size such as 256MB or 1GB, not '{result.Tokens[0].Value}'.");
                else if (bytes < PackOptions.LeastShardBytes)
                    result.AddError($"--shard-size must be at least {ByteSize.Show(PackOptions.LeastShardBytes)}, " +
                        $"not '{result.Tokens[0].Value}'.");
                return bytes;
            },
        }.In(HelpGroup.Output).WithDefault("256MB");
        var shardImages = NumberOption.Whole("--images-per-shard", "Most images of a shard.", "N", least: 1).In(HelpGroup.Output);
        var shortSide = NumberOption.Whole("--short-side", "Shrink larger images to this shorter side, as JPEG; as TIFF above 8 bits. " +
            "Without it every image keeps its own bytes.", "S", least: 8).In(HelpGroup.Images);
        var quality = NumberOption.Whole("--quality", "JPEG quality of shrunk images, 1 to 100.", "Q", least: 1, most: 100)
            .In(HelpGroup.Images).WithDefault("95");
        var tile = NumberOption.Whole("--tile", "Cut images of any size into squares of this side: whole slides, scenes, maps. " +
            "The last of a row or column is moved inwards.", "S", least: 8).In(HelpGroup.Images);
        var overlap = NumberOption.Whole("--overlap", "Pixels that neighbouring tiles share, at most half a tile.", "N", least: 0)
            .In(HelpGroup.Images).WithDefault("0");
        var skipEmpty = new Option<bool>("--skip-empty") { Description = "Leave out tiles of one colour." }.In(HelpGroup.Images);
        var imageColumn = new Option<string?>("--image-column")
        {
            Description = "Parquet: the column of the images, with points in nested names. " +
                "Default: the one that the metadata calls an image.",
            HelpName = "NAME",
        }.In(HelpGroup.Images);
        var labelColumn = new Option<string?>("--label-column")
        {
            Description = "Parquet: the column of the labels. Default: label, or the one that is called a class label. \"\": none.",
            HelpName = "NAME",
        }.In(HelpGroup.Images);
        var onBadImage = SharedOptions.OnBadImage("it is named and left out");
        var threads = SharedOptions.Threads();
        var resume = new Option<bool>("--resume") { Description = "Continue after the last finished shard, or start." };

        var command = new Command("pack", "Write images into shards: tars in WebDataset's layout")
        {
            data, mirror, output, shardSize, shardImages, shortSide, quality, tile, overlap, skipEmpty, imageColumn, labelColumn,
            onBadImage, threads, resume, verify,
        };
        command.SetAction((parsed, outer) => StopSignals.RunAsync(async signals =>
        {
            var terminal = parsed.Terminal();
            signals.Begin();
            if (parsed.GetValue(verify) is not null && (parsed.GetValue(output) is not null || parsed.Places(data) is not null))
                throw new ConfigurationException("--verify packs nothing: leave out --data and --output.");
            if (parsed.GetValue(verify) is { } shards)
                return PackRun.Verify(shards, terminal, signals.Token) ? signals.ExitCode : ErrorReport.Failure;
            if (parsed.GetValue(output) is not { } folder || parsed.Places(data) is not { } named)
                throw new ConfigurationException("simclr pack needs --data and --output, or --verify alone.");
            var defaults = new PackOptions();
            var options = new PackOptions
            {
                ShardBytes = parsed.GetValue(shardSize) ?? defaults.ShardBytes,
                ShardImages = parsed.GetValue(shardImages) ?? defaults.ShardImages,
                ShortSide = parsed.GetValue(shortSide) ?? defaults.ShortSide,
                Quality = parsed.GetValue(quality) ?? defaults.Quality,
                TileSide = parsed.GetValue(tile) ?? 0,
                TileOverlap = parsed.GetValue(overlap) ?? 0,
                SkipEmptyTiles = parsed.GetValue(skipEmpty),
                OnBadImage = parsed.GetValue(onBadImage),
                Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            };
            if (options.TileSide == 0 && (options.TileOverlap > 0 || options.SkipEmptyTiles))
                throw new ConfigurationException("--overlap and --skip-empty are for --tile.");
            if (options.ShortSide == 0 && parsed.GetValue(quality) is not null)
                throw new ConfigurationException("--quality is for --short-side: without it every image is packed as it is.");
            if (options.TileOverlap > options.TileSide / 2)
                throw new ConfigurationException($"--overlap {options.TileOverlap} is more than half of --tile {options.TileSide}.");
            options.Validate();
            PackRun.RequireFree(folder, parsed.GetValue(resume));
            OutputCheck.RequireFolder(folder);
            var columns = new ParquetColumns { Image = parsed.GetValue(imageColumn), Label = parsed.GetValue(labelColumn) };
            var source = named is [var only] && ParquetImages.IsIn(only) ? OfParquet(only, columns, terminal, signals.Token)
                : columns != new ParquetColumns() ? throw new ConfigurationException(
                    "--image-column and --label-column are for --data of one Parquet file, or one folder of them.")
                : await ImageSource.FindAsync(named,
                    DownloadCache.Place(parsed.GetValue(mirror), terminal), terminal, signals.Token);
            source.RequireOutside(folder);
            var run = new PackRun(source, string.Join(" + ", named), folder, options, terminal);
            if (run.Execute(parsed.GetValue(resume), signals.Token) is { } packed) terminal.Result(packed);
            return signals.ExitCode;
        }, outer));
        return command.WithDetails("For data larger than memory, and for slow disks.").WithExamples(
            ("Many small files into a few large ones, every image as it is", "simclr pack --data my-photos --output shards"),
            ("Smaller and quicker to decode, for views of up to 224 pixels",
                "simclr pack --data my-photos --output shards --short-side 256"),
            ("Pictures of any size as tiles of 512 pixels",
                "simclr pack --data slides --output tiles --tile 512 --overlap 64 --skip-empty"),
            ("An image data set of Hugging Face, in Parquet files", "simclr pack --data my-dataset/data --output shards"),
            ("Continue after Ctrl+C or a crash", "simclr pack --data my-photos --output shards --resume"),
            ("Pack and train, reading near one place of the disk at a time", "simclr pack " +
                "--data my-photos --output shards && simclr pretrain --data shards --output runs/mine --set shuffle-window=16384"),
            ("Check that the shards are intact", "simclr pack --verify shards"));
    }

    private static ImageSource OfParquet(string path, ParquetColumns columns, Terminal terminal, CancellationToken cancellationToken)
    {
        var (train, test) = ParquetImages.Open(path, columns);
        return ImageSource.Of(train, test, terminal, cancellationToken);
    }
}
