using SimClr.Datasets;
using SimClr.Images;
using SimClr.Rendering;

namespace SimClr.Loading;

// Making a batch, by several threads.
public sealed partial class ViewLoader
{
    /// <summary>A part of a step, still empty.</summary>
    /// <param name="part">Counted from the first step of the run; a step has <see cref="PartsOfStep"/> parts.</param>
    /// <param name="memory">The memory of its views; borrowed.</param>
    /// <param name="order">The epoch's order of the last part, or null; becomes that of this part.</param>
    internal PendingBatch Begin(long part, BatchBufferPool memory, ref EpochSampler? order)
    {
        var (step, within) = Math.DivRem(part, PartsOfStep);
        var (epoch, batch) = Math.DivRem(step, BatchesPerEpoch);
        int micro = (int)within % MicroBatches, start = Edge(micro), end = Edge(micro + 1);
        int whole = (int)batch * batchSize, offset = start * Share.Of + Share.Rank * (end - start);
        if (order?.Epoch != epoch) order = new EpochSampler(seed, (int)epoch, Items, ShuffleWindow);
        var (indices, partners) = Images(order.Slice(whole + offset, end - start), (int)epoch);
        return new PendingBatch(indices, partners, (int)epoch, memory)
        {
            ReplacementImages = new ReplacementImages(order, whole, batchSize),
            Offset = offset,
            ComesAgain = within + MicroBatches < PartsOfStep,
            Drawn = RenderOn is null ? null : new DeferredViews(
                new TensorViewRenderer(policy, preprocessing) { Augmentations = augmentations },
                SmallCrops.Count == 0 ? null
                    : new TensorViewRenderer(SmallCrops.Policy(policy), SmallCrops.Preprocessing(preprocessing))
                    {
                        Augmentations = augmentations,
                    },
                ViewsPerImage, SmallCrops.Count, RenderOn, Resident, end - start, Groups is not null),
        };

        int Edge(int at) => (int)((long)ImagesOfBatch * at / MicroBatches);
    }

    /// <summary>Renders the views and small crops of the image at a position of a batch, or of its replacement.</summary>
    internal void Make(ViewSampler renderer, PendingBatch batch, int position)
    {
        if (pairs is not null)
        {
            MakePair(renderer, batch, position);
            return;
        }
        if (Resident is not null && !Resident.Has(batch.Indices[position])) batch.Show(position, StandIn(batch, position, Resident.Has));
        while (!TryMake(renderer, batch, position, batch.Indices[position], start: 0, step: 1))
            batch.Show(position, StandIn(batch, position, index => IsGood(renderer, index)));
    }

    // Makes every step-th view from one image: the first image of its pair or, from view 1 on, the second. False if the image is damaged.
    private bool TryMake(ViewSampler renderer, PendingBatch batch, int position, int index, int start, int step)
    {
        int views = ViewsPerImage + SmallCrops.Count;
        if (Resident is not null)
        {
            var place = Resident.Images.Places[index];
            var drawn = renderer.Draw(index, batch.Epoch, place.Width, place.Height);
            for (int view = start; view < views; view += step)
            {
                batch.Drawn!.Set(position, view, index, drawn[view]);
                renderer.DrawNumbers(view, batch.Drawn.Numbers(position, view));
            }
            return true;
        }
        if (TryRead(renderer, batch, index) is not { } image) return false;
        int kept = batch.Drawn?.Keep(position, image, second: start == 1) ?? 0;
        for (int view = start; view < views; view += step)
        {
            if (batch.Drawn is not { } forDevice)
            {
                renderer.Render(image, view, batch.View(position, view));
                continue;
            }
            forDevice.Set(position, view, kept, renderer.Parameters(image, view));
            renderer.DrawNumbers(view, forDevice.Numbers(position, view));
        }
        return true;
    }

    // Null if the image is damaged.
    private DecodedImage? TryRead(ViewSampler renderer, PendingBatch batch, int index)
    {
        if (badImages.ContainsKey(index)) return null;
        try
        {
            var image = renderer.Read(index, batch.Epoch, batch.ComesAgain);
            MarkGood(index);
            return image;
        }
        catch (InvalidDataException e) when (onBadImage == BadImagePolicy.Skip)
        {
            LeaveOut(index, e);
            return null;
        }
    }

    private bool IsGood(ViewSampler renderer, int index)
    {
        if (badImages.ContainsKey(index)) return false;
        if (Volatile.Read(ref seenGood[index]) == 1) return true;
        try
        {
            renderer.Try(index);
            MarkGood(index);
            return true;
        }
        catch (InvalidDataException e) when (onBadImage == BadImagePolicy.Skip)
        {
            LeaveOut(index, e);
            return false;
        }
    }

    // Counts each image once, however often it is shown. Otherwise replacements would hide how many images are damaged.
    private void MarkGood(int index)
    {
        if (Interlocked.Exchange(ref seenGood[index], 1) == 0) Interlocked.Increment(ref good);
    }

    private int StandIn(PendingBatch batch, int position, Func<int, bool> isGood) =>
        batch.ReplacementImages.For(batch.Offset + position, isGood)
        ?? throw new InvalidDataException(
            $"None of the {data.Count} images of {data.Name} can be read; the first: {BadImages.First().Reason}");

    private void LeaveOut(int index, InvalidDataException reason)
    {
        badImages.TryAdd(index, BadImage.Of(data, index, reason));
        if (badImages.Count < data.Count)
            DamageLimit.Require(data, badImages.Count + Interlocked.Read(ref good), badImages.Count, () => BadImages.First());
    }
}
