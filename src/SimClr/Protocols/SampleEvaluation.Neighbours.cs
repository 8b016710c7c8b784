using SimClr.Evaluation;
using SimClr.Randomness;
using static TorchSharp.torch;

namespace SimClr.Protocols;

public sealed partial class SampleEvaluation
{
    /// <summary>
    /// The nearest reference images of some shown images, drawn with the run's seed: half of them predicted correctly, half wrongly, of
    /// different classes if possible.
    /// </summary>
    /// <param name="predictions">
    /// The predicted class of each shown image (<see cref="Classify"/>); null without labels: then any images are drawn.
    /// </param>
    /// <param name="count">The largest number of images of each kind, at least 1.</param>
    /// <param name="neighbours">The largest number of neighbours per image, at least 1.</param>
    public IReadOnlyList<QueryNeighbours> Nearest(IReadOnlyList<long>? predictions, int count, int neighbours)
    {
        int[] order = [.. Enumerable.Range(0, Shown.Count)];
        CounterRandom.For(model.Options.Seed, RandomPurpose.NeighbourQueries, 0).Draw(order, order.Length);
        int[] queries = predictions is null
            ? order[..Math.Min(order.Length, count)]
            : [.. OfEachClass(order.Where(i => predictions[i] == Shown.Label(i)), count), .. OfEachClass(
                order.Where(i => predictions[i] != Shown.Label(i)), count)];

        using var scope = NewDisposeScope();
        using var nearest = new NearestNeighbours(ReferenceFeatures.Values);
        var values = ShownFeatures.Values.index_select(0, tensor(Array.ConvertAll(queries, q => (long)q)));
        // without labels, the nearest is the image itself
        var (cosines, rows) = nearest.Find(values, IsLabelled ? neighbours : (int)Math.Min(neighbours + 1L, int.MaxValue));
        var (near, cosine) = (rows.data<long>().ToArray(), cosines.data<float>().ToArray());
        int k = (int)rows.shape[1];
        return [.. queries.Select((query, i) => new QueryNeighbours(
            query, [.. Enumerable.Range(i * k, k)
                .Where(n => IsLabelled || near[n] != query).Take(neighbours).Select(n => ((int)near[n], cosine[n]))]))];
    }

    /// <summary>The pairs of different shown images with the highest cosine of h, among the three nearest of each image.</summary>
    /// <param name="count">The largest number of pairs.</param>
    /// <returns>The pairs, most similar first.</returns>
    public IReadOnlyList<SimilarPair> MostSimilar(int count)
    {
        using var scope = NewDisposeScope();
        using var nearest = new NearestNeighbours(ShownFeatures.Values);
        var (cosines, rows) = nearest.Find(ShownFeatures.Values, 3); // among equal images the other one may come first
        var (near, cosine) = (rows.data<long>().ToArray(), cosines.data<float>().ToArray());
        int k = (int)rows.shape[1];
        return [.. Enumerable.Range(0, near.Length)
            .Where(n => near[n] != n / k)
            .Select(n => new SimilarPair((int)Math.Min(n / k, near[n]), (int)Math.Max(n / k, near[n]), cosine[n]))
            .DistinctBy(p => (p.First, p.Second)).OrderByDescending(p => p.Cosine).ThenBy(p => p.First).Take(count)];
    }

    // First one of each class, then others.
    private IEnumerable<int> OfEachClass(IEnumerable<int> order, int count)
    {
        int[] all = [.. order];
        int[] first = [.. all.DistinctBy(Shown.Label)];
        return first.Concat(all.Except(first)).Take(count);
    }
}
