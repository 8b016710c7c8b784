using System.Globalization;
using System.Runtime.InteropServices;
using SimClr.Datasets;
using SimClr.Distributed;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// Embeds a list of images into a file, one row per image; NaN for a damaged one. A kill loses at most the last second of work.
/// </summary>
/// <param name="output">The file.</param>
/// <param name="manifest">What the file says of its rows.</param>
/// <param name="images">The images, one row each.</param>
/// <param name="embedder">The encoder; borrowed.</param>
/// <param name="messages">Hears the progress and the damaged images.</param>
/// <param name="ranks">The ranks that share the work; the first writes.</param>
public sealed class EmbeddingRun(
    EmbeddingOutput output, EmbeddingManifest manifest, ImageList images, Embedder embedder, IMessages messages, Ranks ranks)
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    /// <summary>The clock for throughput and saves. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Works until the end or until it is cancelled.</summary>
    /// <param name="resume">Whether an unfinished file is continued.</param>
    /// <param name="cancellationToken">Ends the work after the current batch. What is done is saved.</param>
    /// <returns>Whether the file is finished.</returns>
    /// <exception cref="IOException">Another process writes the file.</exception>
    public bool Execute(bool resume, CancellationToken cancellationToken)
    {
        ranks.RequireSame("images", () => manifest.DataSha256);
        using var held = ranks.IsFirst ? OutputLock.Take(output.FilePath) : null;
        var begun = ranks.Share(() => new Begun(
            output.Begin(manifest, resume, FeatureExtractor.BatchSize(embedder.Preprocessing.ImageSize)), File.Exists(output.FilePath)));
        int first = begun.Rows;
        if (begun.IsFinished && ranks.IsFirst)
        {
            File.Delete(output.PartFile); // left behind by a kill between the last two steps
            messages.Note($"{output.FilePath} is already finished.");
        }
        if (begun.IsFinished) return true;
        if (first > 0) messages.Note($"Continuing after {first} of {images.Count} images.");
        var extractor = new FeatureExtractor(images.Data, ranks.Communicator);
        int done = first == images.Count ? first
            : messages.Progress("images", images.Count, report => Encode(extractor, first, report, cancellationToken));
        if (done < images.Count)
        {
            messages.Note($"Stopped after {done} of {images.Count} images. Continue with --resume.");
            return false;
        }
        if (!ranks.IsFirst) return true;
        _ = messages.Progress("rows written", images.Count, report =>
        {
            output.Finish(images, n => report(n, ""));
            return 0;
        });
        return true;
    }

    private int Encode(FeatureExtractor extractor, int first, Action<long, string> report, CancellationToken cancellationToken)
    {
        long began = Time.GetTimestamp(), saved = began;
        int done = first;
        using var rows = ranks.IsFirst ? NpyWriter.Resume(output.PartFile, first) : null;
        foreach (var batch in embedder.Batches(extractor, first))
        {
            using (batch) rows?.Append(RowsOf(batch));
            done = batch.End;
            double rate = (done - first) / Time.GetElapsedTime(began).TotalSeconds;
            var left = TimeSpan.FromSeconds((images.Count - done) / rate);
            report(done, string.Create(CultureInfo.InvariantCulture, $"{rate:f0} images/s ETA {(int)left.TotalHours}:{left:mm\\:ss}"));
            if (batch.Readable.Count < batch.End - batch.First)
            {
                foreach (var bad in extractor.BadImages.Where(bad => bad.Index >= batch.First && bad.Index < batch.End))
                    messages.Note($"damaged, its row is NaN: {bad.Reason}");
            }
            if (ranks.Any(cancellationToken.IsCancellationRequested)) break;
            if (Time.GetElapsedTime(saved) < SaveEvery) continue;
            Save(rows, done);
            saved = Time.GetTimestamp();
        }
        Save(rows, done);
        int damaged = extractor.BadImages.Count;
        if (damaged > 0 && damaged == images.Count)
            throw new InvalidDataException(
                $"None of the {images.Count} images can be read; the first: {extractor.BadImages.First().Reason}");
        if (damaged > 0) messages.Warn($"{damaged} damaged image{(damaged == 1 ? " has a row" : "s have rows")} of NaN.");
        return done;
    }

    // The state of the file at the start.
    private sealed record Begun(int Rows, bool IsFinished);

    private void Save(NpyWriter? rows, int done)
    {
        if (rows is null) return;
        rows.Flush();
        (manifest with { RowsDone = done }).Write(output.ManifestFile);
    }

    private float[] RowsOf(FeatureBatch batch)
    {
        int width = manifest.Dimensions;
        var rows = new float[(batch.End - batch.First) * width];
        Array.Fill(rows, float.NaN);
        using var contiguous = batch.Values.contiguous();
        var values = MemoryMarshal.Cast<byte, float>(contiguous.bytes);
        for (int i = 0; i < batch.Readable.Count; i++)
        {
            var row = values.Slice(i * width, width);
            RequireStorable(row, batch.Readable[i]);
            row.CopyTo(rows.AsSpan((batch.Readable[i] - batch.First) * width));
        }
        return rows;
    }

    // NaN means that an image is damaged, so a good image must not have it.
    private void RequireStorable(ReadOnlySpan<float> row, int index)
    {
        foreach (float value in row)
        {
            if (!float.IsFinite(value))
                throw new InvalidDataException(
                    $"The encoder gives {value} for {images.FileOf(index)}. Its weights are damaged, or are for other images.");
            if (manifest.Float16 && Half.IsInfinity((Half)value))
                throw new InvalidDataException(
                    $"The encoder gives {value} for {images.FileOf(index)}, which is too large for float16. Delete {output.PartFile}, " +
                        $"and leave out --float16.");
        }
    }
}
