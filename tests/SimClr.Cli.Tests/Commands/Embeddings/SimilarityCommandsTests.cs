using System.Text.Json.Nodes;
using SimClr.Export;
using SkiaSharp;

namespace SimClr.Cli.Tests.Commands;

/// <summary><c>search</c>, <c>duplicates</c> and <c>cluster</c> on a folder with known duplicates.</summary>
[Collection(InProcess.Name)]
public sealed partial class SimilarityCommandsTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Encoding => $"--weights {photos.Run} --data {photos.Data} --threads 1";

    private static JsonNode Json(string command)
    {
        var (exitCode, output, error) = InProcess.Run(command + " --json");
        exitCode.ShouldBe(0, error);
        return JsonNode.Parse(output)!;
    }

    private static int IndexOf(int name) => Array.IndexOf(Photos.Sorted, Photos.Names[name]);

    [Fact]
    public void Search_ranks_like_a_plain_loop_over_the_embeddings()
    {
        string npy = folder.In("x.npy"), sheet = folder.In("sheet.png");
        InProcess.Run($"embed {Encoding} --output {npy}").ExitCode.ShouldBe(0);
        int query = IndexOf(9);

        var report = Json($"search {Encoding} --query {query} --k 5 --output {sheet}");

        using var reader = new NpyReader(npy);
        var rows = Enumerable.Range(0, 18).Select(i =>
        {
            var row = new float[reader.Header.Columns];
            reader.Read(i, row);
            return row;
        }).ToList();
        var slow = Enumerable.Range(0, 18).Where(i => i != query && !float.IsNaN(rows[i][0])).OrderByDescending(i => Cosine(rows[i], rows[query])).Take(5).ToList();
        var results = report["results"]!.AsArray();
        results.Select(r => (int)r!["index"]!).ShouldBe(slow);
        results.Select(r => (string)r!["file"]!).ShouldBe(slow.Select(i => Photos.Sorted[i]));
        foreach (var r in results) ((double)r!["cosine"]!).ShouldBe(Cosine(rows[(int)r["index"]!], rows[query]), 1e-5);
        ((int)results[0]!["index"]!).ShouldBe(IndexOf(2)); // its copy
        ((string)report["query"]!["class"]!).ShouldBe(Photos.Dog);
        SKBitmap.Decode(sheet).Width.ShouldBeGreaterThan(6 * 96);

        // Existing embeddings give the same result without weights. A query from the data set is its own nearest image.
        Json($"search --embeddings {npy} --data {photos.Data} --query {query} --k 5")["results"]!.ToJsonString().ShouldBe(results.ToJsonString());
        var own = Json($"search --embeddings {npy} --weights {photos.Run} --data {photos.Data} --query {photos.In(Photos.Names[4])} --k 40")["results"]!.AsArray();
        own.Count.ShouldBe(17);
        own.Take(2).Select(r => (int)r!["index"]!).Order().ShouldBe(new[] { IndexOf(4), IndexOf(15) }.Order());
        ((double)own[1]!["cosine"]!).ShouldBe(1, 1e-5);
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }

    [Fact]
    public void Search_reports_problems_with_the_query_or_the_embeddings()
    {
        string npy = folder.In("x.npy");
        InProcess.Run($"embed {Encoding} --output {npy}").ExitCode.ShouldBe(0);
        string search = $"search --embeddings {npy} --data {photos.Data}";
        Refused($"{search} --query 18", 2, "has the images 0 to 17");
        Refused($"{search} --query {Array.IndexOf(Photos.Sorted, Photos.Damaged)}", 1, $"{Photos.Damaged} is damaged");
        Refused($"{search} --query {photos.In(Photos.Names[0])}", 2, "needs --weights");
        Refused($"{search} --weights {photos.Run} --query {photos.In(Photos.Damaged)}", 1, Photos.Damaged);
        Refused($"search --embeddings {npy} --data {photos.In("train")} --query 0", 1, "embeddings of other images");
        File.Delete(npy + ".json");
        Refused($"{search} --query 0", 1, "x.npy.json is missing");
    }

    [Fact]
    public void Embeddings_of_anybody_need_no_description_and_no_images()
    {
        string npy = folder.In("theirs.npy"), groups = folder.In("groups");
        using (var writer = NpyWriter.Create(npy, 6, 2, half: false)) writer.Append([1, 0, 0, 1, 1, 0.1f, 0.1f, 1, 2, 0, -1, 0]);

        var report = Json($"search --embeddings {npy} --query 0 --k 3");
        report["results"]!.AsArray().Select(r => (int)r!["index"]!).ShouldBe([4, 2, 3]);
        ((string)report["query"]!["file"]!).ShouldBe("row 0");
        ((string)report["weights"]!).ShouldBe("unknown");
        var duplicates = Json($"duplicates --embeddings {npy} --threshold 0.99");
        ((int)duplicates["pairs"]!, (int)duplicates["redundant"]!).ShouldBe((4, 3));
        Json($"cluster --embeddings {npy} --clusters 3 --output {groups}")["clusters"]!.AsArray().Select(c => (int)c!["images"]!).Order().ShouldBe([1, 2, 3]);
        Directory.GetFiles(groups).Select(Path.GetFileName).ShouldBe(["clusters.csv"]);
        InProcess.Run($"search --embeddings {npy} --query 0").Error.ShouldContain($"{npy} is not described by a .json of simclr embed: its 6 rows are named by their numbers, from 0.");

        Refused($"search --embeddings {npy} --query 6", 2, "There is no row 6: ");
        Refused($"search --embeddings {npy} --query 0 --output {folder.In("sheet.png")}", 2, "--output draws images, but ");
        Refused($"search --embeddings {npy} --query 0 --data {photos.Data}", 1, "Without it leave --data out");
        Refused($"search --embeddings {npy} --query 0 --weights {photos.Run}", 2, "--data is missing: name the images of the embeddings.");
        Refused($"search --embeddings {folder.In("absent.npy")} --query 0", 1, "absent.npy does not exist");
        Refused($"search --weights {photos.Run} --query 0", 2, "--data is missing: name the images.");
    }

    private static void Refused(string command, int expected, string sentence)
    {
        // Names with spaces do not survive the splitting; the names of cats have none.
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence);
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
    }

    [Fact]
    public void Clusters_contain_every_readable_image_once_and_are_drawn()
    {
        string output = folder.In("groups");

        var report = Json($"cluster {Encoding} --clusters 3 --seed 2 --output {output}");

        var clusters = report["clusters"]!.AsArray();
        clusters.Sum(c => (int)c!["images"]!).ShouldBe(17);
        ((bool)report["converged"]!).ShouldBeTrue();
        string[] lines = File.ReadAllLines(Path.Combine(output, "clusters.csv"));
        lines[0].ShouldBe("row,file,label,class,cluster,cosine");
        lines.Length.ShouldBe(18);
        var members = lines.Skip(1).Select(line => (Row: int.Parse(line.Split(',')[0]), Cluster: int.Parse(line.Split(',')[^2]))).ToList();
        members.Select(m => m.Row).ShouldBe(Enumerable.Range(0, 18).Where(i => Photos.Sorted[i] != Photos.Damaged));
        foreach (var c in clusters)
        {
            int cluster = (int)c!["cluster"]!;
            var inside = members.Where(m => m.Cluster == cluster).ToList();
            ((int)c["images"]!).ShouldBe(inside.Count);
            ((double)c["share"]!).ShouldBe(inside.CountBy(m => Photos.Sorted[m.Row].Contains("cat", StringComparison.Ordinal)).Max(n => n.Value) / (double)inside.Count, 1e-9);
            SKBitmap.Decode(Path.Combine(output, $"cluster-{cluster}.png")).ShouldNotBeNull();
        }
        ((double)report["purity"]!).ShouldBe(clusters.Sum(c => (double)c!["share"]! * (int)c["images"]!) / 17, 1e-9);
        ((double)report["nmi"]!).ShouldBeInRange(0, 1);
        members.Single(m => m.Row == IndexOf(2)).Cluster.ShouldBe(members.Single(m => m.Row == IndexOf(9)).Cluster);

        Refused($"cluster {Encoding} --clusters 3 --output {output}", 1, "is not empty. Choose another --output");
        Refused($"cluster {Encoding} --clusters 18", 1, "--clusters must be between 1 and 17, the number of images, not 18");
    }
}
