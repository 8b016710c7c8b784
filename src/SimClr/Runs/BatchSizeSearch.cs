using System.Runtime.InteropServices;
using SimClr.Loading;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>Finds the largest batch that fits into a device's memory, for the message of a run whose batch does not fit.</summary>
public static class BatchSizeSearch
{
    /// <summary>
    /// Trains. If the device's memory is not enough, tries smaller batches and reports which one fits. With several ranks it tries none.
    /// </summary>
    /// <param name="pretrainer">The run; borrowed.</param>
    /// <param name="train">Makes its steps.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not enough.</exception>
    public static T Say<T>(Pretrainer pretrainer, Func<T> train)
    {
        try
        {
            return train();
        }
        catch (ExternalException e) when (IsOutOfMemory(e))
        {
            var options = pretrainer.Options;
            int failed = options.MicroBatchSize > 0 ? Math.Min(options.MicroBatchSize, options.BatchSize) : options.BatchSize;
            int ranks = pretrainer.Communicator.Size;
            // The other ranks wait in the exchange of the step, and the batch norms of a trial would enter it.
            if (ranks > 1)
                throw new InsufficientMemoryException($"The device's memory is too small for this rank's {failed / ranks} images of a " +
                    $"step of {failed}. Use --micro-batch-size {Math.Max(ranks, failed / 2 / ranks * ranks)} for the same gradient, a " +
                    $"smaller --batch-size, or more ranks.", e);
            throw new InsufficientMemoryException(Find(failed, images => images > 1 && Fits(pretrainer, images)) is { } most
                ? $"The device's memory is too small for a step of {failed} images. {most} fit: " +
                    $"use --batch-size {most}, or --micro-batch-size {most} for the same gradient."
                : $"The device's memory is too small for a step of {failed} images, and for any smaller step. " +
                    $"Use a narrower encoder (--width), a smaller --image-size, or a GPU that no other program uses.", e);
        }
    }

    /// <summary>Finds the largest number that fits, with a precision of one eighth.</summary>
    /// <param name="failed">A number that does not fit.</param>
    /// <param name="fits">Tries a number. If it fits, every smaller number does.</param>
    /// <returns>Null if not even 1 fits.</returns>
    public static int? Find(int failed, Func<int, bool> fits)
    {
        int good = 0;
        for (int half = failed / 2; good == 0 && half > 0; half /= 2)
        {
            if (fits(half)) good = half;
            else failed = half;
        }
        while (good > 0 && failed - good > Math.Max(1, good / 8))
        {
            int middle = good + (failed - good) / 2;
            if (fits(middle)) good = middle;
            else failed = middle;
        }
        return good > 0 ? good : null;
    }

    /// <summary>Whether libtorch ran out of memory: it has a single exception type for all failures.</summary>
    /// <param name="e">The exception of libtorch.</param>
    public static bool IsOutOfMemory(ExternalException e) => e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    // One step on noise. The weights are useless afterwards.
    private static bool Fits(Pretrainer pretrainer, int images)
    {
        var options = pretrainer.Options with { BatchSize = images, MicroBatchSize = 0, Positives = PositivesKind.Views };
        try
        {
            using var scope = NewDisposeScope();
            using var trial = new Pretrainer(pretrainer.Model, options, images, loss: pretrainer.Loss);
            var views = rand([2 * images, options.Encoder.Channels, options.ImageSize, options.ImageSize],
                float32, pretrainer.Model.parameters().First().device);
            var small = options.SmallCrops.For(options.ImageSize);
            var crops = small.Count == 0 ? null
                : rand([small.Count * images, options.Encoder.Channels, small.ImageSize, small.ImageSize], float32, views.device);
            foreach (var _ in trial.Steps([new ViewBatch(views, [.. Enumerable.Range(0, images)]) { SmallCrops = crops }])) { }
            return true;
        }
        catch (ExternalException e) when (IsOutOfMemory(e))
        {
            return false;
        }
    }
}
