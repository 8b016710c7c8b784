using SimClr.Loading;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>Checks that batches fit the options of a run. Other batches would silently train something else.</summary>
/// <param name="options">The options of the run.</param>
/// <param name="ranks">W, the number of ranks that share every batch.</param>
internal sealed class BatchShape(PretrainOptions options, int ranks)
{
    private readonly SmallCropOptions small = options.SmallCrops.For(options.ImageSize);
    private readonly int images = options.BatchSize / ranks; // images per batch on this rank

    private int Parts => Math.Min(images, ViewLoader.MicroBatchesOf(options.BatchSize, options.MicroBatchSize));

    /// <summary>Refuses a batch that does not fit.</summary>
    /// <param name="batch">A whole batch, or a micro-batch; borrowed.</param>
    /// <exception cref="ArgumentException">
    /// The number, size or channels of the images, the positives, or the small crops differ from the options. The message names which.
    /// </exception>
    public void Require(ViewBatch batch)
    {
        int count = batch.Indices.Count, least = images / Parts, most = (images + Parts - 1) / Parts;
        if (count < least || count > most)
            throw Refusal($"has {count} images", $"{nameof(options.BatchSize)} {options.BatchSize}, {nameof(options.MicroBatchSize)} " +
                $"{options.MicroBatchSize} and {ranks} rank{(ranks == 1 ? "" : "s")} make batches " +
                $"of {(least == most ? $"{most}" : $"{least} or {most}")}");
        if (ReferenceEquals(batch.Indices, batch.Partners) != (options.Positives == PositivesKind.Views))
            throw Refusal($"has pairs {(ReferenceEquals(batch.Indices, batch.Partners) ? "of one image" : "of groups")}",
                $"{nameof(options.Positives)} is {options.Positives}");
        Require("views", batch.Views.shape, 2 * count, options.ImageSize, nameof(options.ImageSize));
        if (batch.SmallCrops is { } crops && small.Count > 0)
            Require("small crops", crops.shape, (long)small.Count * count, options.ImageSize == 0 ? 0 : small.ImageSize,
                $"{nameof(options.SmallCrops)}.{nameof(small.ImageSize)}");
        else if (batch.SmallCrops is not null || small.Count > 0)
            throw Refusal($"has {batch.SmallCrops?.shape[0] ?? 0} small crops", $"{nameof(options.SmallCrops)}.{nameof(small.Count)} " +
                $"is {small.Count}");
    }

    // Any image size if the options leave it open.
    private void Require(string what, long[] shape, long rows, int side, string option)
    {
        long channels = options.Encoder.Channels;
        if (shape.Length != 4 || shape[0] != rows)
            throw Refusal($"has {what} of shape ({string.Join(", ", shape)})", $"there must be {rows} of them");
        if (shape[1] != channels) throw Refusal(
            $"has {what} of {shape[1]} channels", $"{nameof(options.Encoder)}.{nameof(options.Encoder.Channels)} is {channels}");
        if (side > 0 && (shape[2] != side || shape[3] != side))
            throw Refusal($"has {what} of {shape[3]} × {shape[2]} pixels", $"{option} is {side}");
    }

    private static ArgumentException Refusal(string found, string wanted) =>
        new($"The batch {found}, and {wanted}: give ViewLoader and Pretrainer the same options.");
}
