using System.Text.Json;
using CsCheck;
using SimClr.Evaluation;
using TorchSharp;

namespace SimClr.Tests.Evaluation;

public sealed partial class KnnClassifierTests
{
    [Fact]
    public void Agrees_with_stock_PyTorch()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Evaluation", "Goldens", "knn.json")));
        foreach (var item in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            using var scope = torch.NewDisposeScope();
            int dimensions = item.GetProperty("dimensions").GetInt32(), k = item.GetProperty("k").GetInt32();
            using var train = new Features(Matrix("train"), Longs("train_labels"));
            using var test = new Features(Matrix("queries"), Longs("query_labels"));
            var options = new KnnOptions { K = [k], Temperature = item.GetProperty("temperature").GetDouble() };

            using var knn = new KnnClassifier(train);

            knn.Score(test.Values, options)[0].ClassScores.argmax(1).data<long>().ToArray()
                .ShouldBe(Longs("predicted").data<long>().ToArray());
            knn.Evaluate(test, options)[0].Accuracy.Top1.ShouldBe(item.GetProperty("top1").GetDouble(), 1e-12);

            torch.Tensor Matrix(string name)
            {
                byte[] bytes = item.GetProperty(name).GetBytesFromBase64();
                var values = new float[bytes.Length / 4];
                Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
                return torch.tensor(values).reshape(-1, dimensions);
            }
            torch.Tensor Longs(string name) => torch.tensor(item.GetProperty(name).EnumerateArray().Select(e => e.GetInt64()).ToArray());
        }
    }

    [Fact]
    public void Splitting_queries_into_blocks_does_not_change_results()
    {
        // 3 × 10⁴ training rows give blocks of 559 queries: two of them, the last one incomplete.
        var (train, test) = Rows.Split(3, 30_000, 700, 2, 3);
        var all = Scores(train, test, [10]);
        var last = Scores(train, test.Ordered([.. Enumerable.Range(600, 100)]), [10]);
        all[1][600..].ShouldBe(last[1]);
    }

    [Fact]
    public void The_length_of_a_row_does_not_matter() => Cases.Sample(c =>
    {
        // Powers of two, so that scaling does not round; ±100 leaves the range of float32 when squared.
        static float[] Scale(int i, float[] row) => [.. row.Select(v => v * MathF.Pow(2, i * 37 % 201 - 100))];
        Scores(c.Train.Map(Scale), c.Test.Map(Scale), [c.K]).ShouldBe(Scores(c.Train, c.Test, [c.K]));
    }, iter: 50);

    [Fact]
    public void The_order_of_the_training_set_does_not_matter() => Cases.Sample(c =>
    {
        if (NearTie(c.Train, c.Test, c.K)) return;
        var order = Enumerable.Range(0, c.Train.Labels.Length).ToArray();
        new Random(c.K).Shuffle(order);
        var (before, after) = (Scores(c.Train, c.Test, c.K, weighted: true), Scores(c.Train.Ordered(order), c.Test, c.K, weighted: true));
        for (int i = 0; i < before.Length; i++)
            for (int j = 0; j < before[i].Length; j++) Math.Exp(after[i][j]).ShouldBe(Math.Exp(before[i][j]), 1e-4);
    }, iter: 50);

    [Fact]
    public void Of_equal_cosines_the_lower_row_is_nearer_and_of_equal_votes_the_lower_class_wins()
    {
        // Six training rows in the same direction and one opposite; the labels identify the neighbours.
        var train = new Rows([[1, 0], [1, 0], [-1, 0], [1, 0], [1, 0], [1, 0], [1, 0]], [3, 1, 0, 1, 3, 2, 2]);
        var query = new Rows([[2, 0]], [0]);
        Predicted(1).ShouldBe(3);
        Predicted(2).ShouldBe(1); // 3 and 1, a vote each
        Predicted(4).ShouldBe(1); // two votes each for 3 and 1
        Predicted(6).ShouldBe(1); // two each for 3, 1 and 2

        int Predicted(int k)
        {
            var scores = Scores(train, query, k, weighted: false)[0];
            return Array.IndexOf(scores, scores.Max());
        }
    }

    [Fact]
    public void A_feature_of_length_zero_has_cosine_zero()
    {
        var train = new Rows([[0, 0], [1, 0], [-1, 0]], [0, 1, 2]);
        Scores(train, new Rows([[1, 0]], [0]), 3, weighted: true)[0].ShouldBe([-1 / 0.07, 0, -2 / 0.07], 1e-6);
        Scores(train, new Rows([[0, 0]], [0]), 3, weighted: true)[0].ShouldBe([0.0, 0, 0], 1e-6);
    }

    [Fact]
    public void Low_temperatures_do_not_overflow()
    {
        var train = new Rows([[1, 0], [1, 0.1f], [0, 1]], [0, 1, 1]);
        using var features = train.ToFeatures();
        using var knn = new KnnClassifier(features);
        knn.Evaluate(features, new KnnOptions { K = [3], Temperature = 1e-4 })[0].Accuracy.Top1.ShouldBe(1);
    }

    [Fact]
    public void Options_out_of_range_are_reported()
    {
        using var features = Rows.Random(1, 5, 2, 2).ToFeatures();
        using var knn = new KnnClassifier(features);
        Should.Throw<ArgumentException>(() => knn.Evaluate(features, new KnnOptions { K = [10, 0] })).Message.ShouldContain("[10, 0]");
        Should.Throw<ArgumentException>(() => knn.Evaluate(features, new KnnOptions { K = [] })).Message.ShouldContain("[]");
        Should.Throw<ArgumentException>(() => knn.Evaluate(features, new KnnOptions { Temperature = 0 })).Message.ShouldContain("it is 0");
    }

    [Fact]
    public void No_tensor_leaks()
    {
        using var features = Rows.Random(1, 30, 4, 3).ToFeatures();
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long before = statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 20; i++)
        {
            using var knn = new KnnClassifier(features);
            knn.Evaluate(features);
        }
        statistics.ThreadTotalLiveCount.ShouldBe(before);
    }

    private static double[][] Scores(Rows train, Rows test, int k, bool weighted) => Scores(train, test, [k])[weighted ? 0 : 1];

    private static List<double[][]> Scores(Rows train, Rows test, int[] k)
    {
        using var features = train.ToFeatures();
        using var queries = test.ToFeatures();
        using var knn = new KnnClassifier(features);
        return [.. knn.Score(queries.Values, new KnnOptions { K = k }).Select(s =>
        {
            using (s) return s.ClassScores.data<double>().ToArray().Chunk(train.Classes).ToArray();
        })];
    }
}
