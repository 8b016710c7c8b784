using System.Globalization;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Packs every part of a data set. The shards are in <c>DIR.part</c> until all are written and verified; then the folder is renamed.
/// </summary>
/// <param name="source">The images.</param>
/// <param name="named">The name of the data, for the summary.</param>
/// <param name="output">The folder of the shards, DIR.</param>
/// <param name="options">How the images are packed.</param>
/// <param name="messages">Hears the progress and the damaged images.</param>
public sealed class PackRun(ImageSource source, string named, string output, PackOptions options, IMessages messages)
{
    private readonly string folder = Whole(output);

    /// <summary>The clock for the throughput. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    private string Unfinished => UnfinishedOf(folder);

    /// <summary>Refuses an output folder that is not empty, and an unfinished packing unless it is resumed.</summary>
    /// <param name="output">The folder of the shards.</param>
    /// <param name="resume">Whether an unfinished packing is to be continued.</param>
    /// <exception cref="InvalidDataException">The folder is not free.</exception>
    public static void RequireFree(string output, bool resume)
    {
        string folder = Whole(output), unfinished = UnfinishedOf(folder);
        if (resume && IsFinished(folder)) return;
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new InvalidDataException(
                $"{folder} already exists. Choose another --output." +
                $"{(Directory.Exists(unfinished) ? $" Unfinished shards are in {unfinished}." : "")}");
        if (Directory.Exists(unfinished) && !resume)
            throw new InvalidDataException(
                $"{unfinished} holds unfinished shards. Continue with --resume, or choose another --output.");
        if (Directory.Exists(unfinished) && !PackManifest.IsIn(unfinished) && Directory.EnumerateFileSystemEntries(unfinished)
            .Any(path => !path.EndsWith(AtomicFile.Partial, StringComparison.Ordinal)))
            throw new InvalidDataException(
                $"{unfinished} does not hold unfinished shards: it has no {PackManifest.File}. Choose another --output.");
    }

    private static bool IsFinished(string folder) => PackManifest.IsIn(folder) && !Directory.Exists(UnfinishedOf(folder));

    /// <summary>Packs until the end or until it is cancelled.</summary>
    /// <param name="resume">Whether an unfinished packing is continued.</param>
    /// <param name="cancellationToken">Ends the work after the current image. Finished shards are kept.</param>
    /// <returns>A one-line summary; null if it was cancelled or already finished.</returns>
    /// <exception cref="InvalidDataException">The output exists, or the written shards are not as intended.</exception>
    /// <exception cref="IOException">Another process packs to this output.</exception>
    public string? Execute(bool resume, CancellationToken cancellationToken)
    {
        using var held = OutputLock.Take(folder);
        RequireFree(folder, resume);
        var parts = source.Parts(ImagePart.All);
        if (options.TileSide == 0) return Execute(parts, cancellationToken);
        var tiled = new List<TiledDataset>();
        try
        {
            var names = source.List(parts);
            foreach (var (_, images) in parts) tiled.Add(new TiledDataset(images, i => names.NameOf(images, i), options, messages));
            return Execute([.. parts.Zip(tiled, (part, tiles) => (part.Name, (IImageDataset)tiles))], cancellationToken);
        }
        finally
        {
            foreach (var tiles in tiled) tiles.Dispose();
        }
    }

    private string? Execute(List<(string Name, IImageDataset Data)> parts, CancellationToken cancellationToken)
    {
        if (IsFinished(folder))
        {
            PackManifest.Of(source.List(parts), options).Keep(folder);
            messages.Note($"{folder} is already finished.");
            return null;
        }
        string classes = string.Concat(parts[0].Data.Classes.Select(LineOf));
        (int Damaged, int Empty) leftOut = default;
        try
        {
            if (!Fill(parts, classes, cancellationToken, ref leftOut)) return null;
        }
        catch (Exception e) when (e is not ConfigurationException)
        {
            Settle();
            throw;
        }
        if (!Verify(Unfinished, messages, cancellationToken))
        {
            if (cancellationToken.IsCancellationRequested) return null;
            throw new InvalidDataException($"The data in {Unfinished} differs from what was written. Check the disk.");
        }
        if (Directory.Exists(folder)) Directory.Delete(folder); // empty
        AtomicFolder.Rename(Unfinished, folder);
        return Summary(parts.Sum(part => part.Data.Count), leftOut);
    }

    // Writes all shards; false if it was cancelled.
    private bool Fill(List<(string Name, IImageDataset Data)> parts, string classes, CancellationToken cancellationToken,
        ref (int Damaged, int Empty) leftOut)
    {
        Directory.CreateDirectory(Unfinished);
        PackManifest.Of(source.List(parts), options).Keep(Unfinished);
        if (classes.Length > 0) AtomicFile.Write(Path.Combine(Unfinished, "classnames.txt"), classes);

        foreach (var (name, images) in parts)
        {
            string place = parts.Count == 1 ? Unfinished : Path.Combine(Unfinished, name);
            if (!Pack(images, place, cancellationToken, ref leftOut))
            {
                messages.Note("Stopped. Continue with --resume, after the last finished shard.");
                return false;
            }
            if (!ShardFolder.IsIn(place)) throw new InvalidDataException(
                $"{images.Name}: nothing is left to pack. All {images.Count} {(options.TileSide > 0 ? "tiles" : "images")} were left out.");
        }
        return true;
    }

    // After a failure the finished shards stay, and --resume continues after them. Without one, nothing stays.
    private void Settle()
    {
        try
        {
            if (Directory.EnumerateFiles(Unfinished, "*.tar", SearchOption.AllDirectories).Any())
                messages.Note($"Finished shards are in {Unfinished}; --resume continues after them.");
            else Directory.Delete(Unfinished, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }

    /// <summary>Reads shards again and reports what is wrong with them.</summary>
    /// <param name="shards">The folder of the shards.</param>
    /// <param name="messages">Hears the progress and every problem.</param>
    /// <param name="cancellationToken">Ends the reading; the result is then false.</param>
    /// <returns>Whether everything was read without a problem.</returns>
    public static bool Verify(string shards, IMessages messages, CancellationToken cancellationToken)
    {
        var parts = new List<IImageDataset> { ImageDatasets.Open(shards, DatasetPart.Pretraining) };
        if (ImageDatasets.HasTest(shards)) parts.Add(ImageDatasets.Open(shards, DatasetPart.Test));
        int problems = 0;
        try
        {
            _ = messages.Progress("verified", parts.Sum(part => (long)part.Count), report =>
            {
                var progress = new DirectProgress<long>(done => report(done, ""));
                foreach (string problem in ShardCheck.Problems(shards, progress, cancellationToken))
                {
                    problems++;
                    messages.Warn(problem);
                }
                return 0;
            });
        }
        catch (OperationCanceledException)
        {
            messages.Note("Stopped.");
            return false;
        }
        if (problems == 0) messages.Note($"{parts.Sum(part => (long)part.Count)} records of {shards} match their checksums.");
        return problems == 0;
    }

    // The file has one name per line and no escapes. Readers trim lines and skip empty ones, which would shift all later names.
    private static string LineOf(string name) =>
        name.Trim() == name && !name.AsSpan().ContainsAny('\n', '\r')
            ? name + '\n'
            : throw new InvalidDataException($"The class '{name}' has a line break in its name or a space at its end, " +
                $"which classnames.txt cannot hold: rename its folder.");

    private bool Pack(IImageDataset images, string folder, CancellationToken cancellationToken, ref (int Damaged, int Empty) leftOut)
    {
        int bad = 0, empty = 0, first = -1;
        long began = Time.GetTimestamp();
        bool finished = messages.Progress(
            images.Name, images.Count, report => ShardPacker.Pack(images, folder, options, new DirectProgress<PackProgress>(p =>
        {
            if (first < 0 && (first = p.Done - 1) > 0) messages.Note($"Continuing after {first} of {images.Count} images.");
            if (p.Skipped is { } damaged)
            {
                bad++;
                messages.Note($"damaged, skipped: {damaged.Reason}");
            }
            if (p.IsEmpty) empty++;
            double rate = (p.Done - first) / Time.GetElapsedTime(began).TotalSeconds;
            report(p.Done, string.Create(CultureInfo.InvariantCulture, $"shard {p.Shards} {rate:f0} images/s"));
        }), cancellationToken));
        leftOut = (leftOut.Damaged + bad, leftOut.Empty + empty);
        return finished;
    }

    private static string Whole(string output) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));

    private static string UnfinishedOf(string folder) => folder + AtomicFile.Resumable;

    private string Summary(int images, (int Damaged, int Empty) leftOut)
    {
        string[] tars = Directory.GetFiles(folder, "*.tar", SearchOption.AllDirectories);
        int before = images - tars.Sum(tar => ShardIndex.Open(tar).Header.Records) - leftOut.Damaged - leftOut.Empty;
        return $"{folder}: {named} in {tars.Length} shard{(tars.Length == 1 ? "" : "s")}, " +
            $"{ByteSize.Show(tars.Sum(tar => new FileInfo(tar).Length))}" +
            $"{(leftOut.Damaged > 0 ? $"; {leftOut.Damaged} damaged image{(leftOut.Damaged == 1 ? " was" : "s were")} skipped" : "")}" +
            $"{(leftOut.Empty > 0 ? $"; {leftOut.Empty} tiles of one colour were left out" : "")}" +
            $"{(before > 0 ? $"; {before} {What} were left out before --resume" : "")}";
    }

    // What a packing leaves out.
    private string What => !options.SkipEmptyTiles ? "damaged images" : "tiles of one colour or damaged";
}
