using SimClr.Evaluation;
using SimClr.Export;
using static TorchSharp.torch;

namespace SimClr.Tests.Evaluation;

/// <summary>Rows that are read in blocks give what the same rows give in memory.</summary>
public sealed class FeatureRowsTests
{
    private const int N = 61, D = 8;

    private sealed class InBlocks(Tensor values, int blockRows) : IFeatureRows
    {
        public int Count => (int)values.shape[0];

        public int Dimensions => (int)values.shape[1];

        public int BlockRows => blockRows;

        public int Most { get; private set; }

        public Tensor Read(int first, int count)
        {
            Most = Math.Max(Most, count);
            return values.narrow(0, first, count).clone();
        }
    }

    // Five directions with noise; some rows are equal, one is 0.
    private static Tensor Values()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var values = eye(5, D).repeat(13, 1).narrow(0, 0, N) + 0.1 * randn([N, D], generator: generator);
        values[7] = 0;
        values[50] = values[4];
        values[60] = 3 * values[12];
        return values.contiguous().MoveToOuterDisposeScope();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(61)]
    public void Search_duplicates_and_clusters_do_not_depend_on_the_blocks(int blockRows)
    {
        using var scope = NewDisposeScope();
        var values = Values();
        var rows = new InBlocks(values, blockRows);

        using var neighbours = new NearestNeighbours(values);
        var (expected, expectedRows) = neighbours.Find(values.narrow(0, 0, 9), 20);
        var (cosines, found) = NearestNeighbours.Find(rows, values.narrow(0, 0, 9), 20);
        found.data<long>().ToArray().ShouldBe(expectedRows.data<long>().ToArray());
        Golden.MaxDifference(cosines, expected).ShouldBeLessThan(1e-6);

        var pairs = NearDuplicates.Pairs(values, 0.9).ToList();
        var inBlocks = NearDuplicates.Pairs(rows, 0.9).OrderBy(pair => pair.First).ThenBy(pair => pair.Second).ToList();
        inBlocks.Select(pair => (pair.First, pair.Second)).ShouldBe(pairs.Select(pair => (pair.First, pair.Second)));
        foreach (var (one, other) in inBlocks.Zip(pairs)) one.Cosine.ShouldBe(other.Cosine, 1e-6f);
        inBlocks.ShouldContain(new SimilarPair(4, 50, 1));

        using var whole = KMeans.Run(values, new KMeansOptions { Clusters = 5, Seed = 1 });
        using var parts = KMeans.Run(rows, new KMeansOptions { Clusters = 5, Seed = 1 });
        parts.Clusters.ShouldBe(whole.Clusters);
        Golden.MaxDifference(parts.Centres, whole.Centres).ShouldBeLessThan(1e-6);

        rows.Most.ShouldBe(blockRows);
    }

    [Fact]
    public void Progress_of_the_comparison_is_the_share_of_pairs_also_where_none_is_found()
    {
        using var values = eye(10, 12);
        var shares = new List<double>();
        NearDuplicates.Pairs(new InBlocks(values, 4), 0.5, shares.Add).ShouldBeEmpty();
        shares.ShouldBe([0.16, 0.48, 0.64, 0.8, 0.96, 1], 1e-12); // of blocks of 4, 4 and 2 rows: 16, 2·16, 2·8; 16, 2·8; 4 of 100
    }

    [Fact]
    public void Of_equal_cosines_in_different_blocks_the_lower_row_is_nearer()
    {
        using var scope = NewDisposeScope();
        var values = ones(30, 4);
        var (_, found) = NearestNeighbours.Find(new InBlocks(values, 4), values.narrow(0, 0, 1), 10);
        found.data<long>().ToArray().ShouldBe([.. Enumerable.Range(0, 10).Select(row => (long)row)]);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_named_by_its_row_among_all()
    {
        using var scope = NewDisposeScope();
        var values = Values();
        values[40, 2] = float.NaN;
        var rows = new InBlocks(values, 9);
        const string expected = "Features must be finite; row 40 of 61 has NaN or an infinity (1 such rows).";
        Should.Throw<InvalidDataException>(() => NearestNeighbours.Find(rows, ones(1, D), 3)).Message.ShouldBe(expected);
        Should.Throw<InvalidDataException>(() => NearDuplicates.Pairs(rows, 0.9).ToList()).Message.ShouldBe(expected);
        Should.Throw<InvalidDataException>(() => KMeans.Run(rows, new KMeansOptions { Clusters = 2 })).Message.ShouldBe(expected);
    }

    [Fact]
    public void Rows_of_a_file_are_those_that_were_selected()
    {
        using var folder = new TempFolder();
        using (var writer = NpyWriter.Create(folder.At("x.npy"), 6, 2, half: false)) writer.Append([0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
        using NpyRows all = new(folder.At("x.npy")), some = new(folder.At("x.npy"), [0, 2, 3, 5]);
        (all.Count, all.Dimensions, some.Count).ShouldBe((6, 2, 4));
        using Tensor last = all.Read(4, 2), chosen = some.Read(1, 3);
        last.data<float>().ToArray().ShouldBe([40, 41, 50, 51]);
        chosen.data<float>().ToArray().ShouldBe([20, 21, 30, 31, 50, 51]);
    }
}
