using SimClr.Datasets;
using SimClr.Distributed;
using static TorchSharp.torch;

namespace SimClr.Evaluation;

public sealed partial class FeatureExtractor
{
    // Every rank makes every W-th batch. In rounds of W they are gathered, so that each rank has all batches in order.
    private IEnumerable<FeatureBatch> OfAllRanks(IEnumerable<FeatureBatch> own, int first, int batchSize)
    {
        using var mine = own.GetEnumerator();
        for (long round = first; round < data.Count; round += (long)ranks.Size * batchSize)
        {
            using var batch = mine.MoveNext() ? mine.Current : null;
            for (int rank = 0; rank < ranks.Size; rank++)
            {
                long start = round + (long)rank * batchSize;
                if (start < data.Count) yield return FromRank(rank, batch, (int)start, (int)Math.Min(data.Count, start + batchSize));
            }
        }
        mine.MoveNext(); // runs its checks
    }

    private FeatureBatch FromRank(int rank, FeatureBatch? own, int start, int end)
    {
        using var scope = NewDisposeScope();
        bool sends = rank == ranks.Rank;
        int count = end - start;
        var head = new long[count + 4]; // which images are readable; the shape of a row: dimensions, sides
        if (sends)
        {
            foreach (int index in own!.Readable) head[index - start] = 1;
            long[] row = own.Values.shape[1..];
            head[count] = row.Length;
            row.CopyTo(head, count + 1);
        }
        var known = tensor(head);
        ranks.Broadcast(known, rank);
        head = known.data<long>().ToArray();
        int[] readable = [.. Enumerable.Range(start, count).Where(index => head[index - start] == 1)];
        long[] sides = head[(count + 1)..(count + 1 + (int)head[count])];
        var values = sends ? own!.Values.contiguous() : empty([readable.Length, .. sides]);
        if (readable.Length > 0) ranks.Broadcast(values, rank);
        if (readable.Length < count) ShareBadImages(rank, start, end);
        return new FeatureBatch(start, end, readable, (sends ? values.clone() : values).DetachFromDisposeScope());
    }

    private void ShareBadImages(int rank, int start, int end)
    {
        var reasons = BadImages.Where(bad => bad.Index >= start && bad.Index < end)
            .Select(bad => $"{bad.Index}\t{bad.Reason.ReplaceLineEndings(" ")}");
        string all = ranks.AllGather(rank == ranks.Rank ? string.Join('\n', reasons) : "")[rank];
        foreach (string[] bad in all.Split('\n').Select(line => line.Split('\t', 2)))
            LeaveOut(new BadImage(int.Parse(bad[0], System.Globalization.CultureInfo.InvariantCulture), bad[1]));
    }
}
