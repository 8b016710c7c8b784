using System.Globalization;
using System.Text.Json.Nodes;
using Parquet;
using SimClr.Export;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed partial class EmbedCommandTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Command(string output, string rest = "") => $"embed --weights {photos.Run} --data {photos.Data} --threads 1 --output {folder.In(output)} {rest}";

    private static void Run(string command)
    {
        var (exitCode, _, error) = InProcess.Run(command);
        exitCode.ShouldBe(0, error);
    }

    private float[][] Rows(string file)
    {
        using var npy = new NpyReader(folder.In(file));
        var values = new float[npy.Header.Rows * npy.Header.Columns];
        npy.Read(0, values);
        return [.. values.Chunk(npy.Header.Columns)];
    }

    [Fact]
    public async Task Every_format_has_a_row_for_every_image_and_flags_the_damaged_one()
    {
        var (exitCode, output, error) = InProcess.Run(Command("x.npy", "--json"));
        exitCode.ShouldBe(0, error);
        JsonNode.Parse(output)!["images"]!.GetValue<int>().ShouldBe(18);
        error.Split('\n').Count(line => line.StartsWith("damaged, its row is NaN: ", StringComparison.Ordinal)).ShouldBe(1);
        error.ShouldContain("warning: 1 damaged image has a row of NaN.");
        error.ShouldContain("images/s ETA 0:00:00");
        Run(Command("x.csv"));
        Run(Command("x.parquet"));

        var rows = Rows("x.npy");
        string[] index = File.ReadAllLines(folder.In("x.index.csv")), csv = File.ReadAllLines(folder.In("x.csv"));
        index[0].ShouldBe("row,file,label,class,damaged");
        csv[0].ShouldBe("file,label,class,damaged," + string.Join(',', Enumerable.Range(0, rows[0].Length).Select(i => $"f{i}")));
        await using var parquet = await ParquetReader.CreateAsync(folder.In("x.parquet"));
        var fields = parquet.Schema.GetDataFields();
        using var group = parquet.OpenRowGroupReader(0);
        var (files, labels, damaged, numbers, levels) = (new string?[18], new int?[18], new bool[18], new float[rows.Length * rows[0].Length], new int[rows.Length * rows[0].Length]);
        await group.ReadAsync(fields[0], files.AsMemory());
        await group.ReadAsync<int>(fields[1], labels.AsMemory());
        await group.ReadAsync<bool>(fields[3], damaged.AsMemory());
        await group.ReadRawAsync<float>(fields[4], numbers, levels, levels.ToArray());
        for (int i = 0; i < 18; i++)
        {
            string name = Photos.Sorted[i];
            bool isCat = name.Contains("cat", StringComparison.Ordinal), isDamaged = name == Photos.Damaged;
            string written = isCat ? $"{name},0,cat," : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",1,\"{Photos.Dog.Replace("\"", "\"\"", StringComparison.Ordinal)}\",";
            written += isDamaged ? "true" : "false";
            index[i + 1].ShouldBe($"{i},{written}");
            csv[i + 1].ShouldStartWith(written + ",");
            (files[i], labels[i], damaged[i]).ShouldBe((name, isCat ? 0 : 1, isDamaged));
            rows[i].All(float.IsNaN).ShouldBe(isDamaged);
            rows[i].All(float.IsFinite).ShouldBe(!isDamaged);
            string[] cells = csv[i + 1][(written.Length + 1)..].Split(',');
            cells.Select(cell => cell.Length == 0 ? float.NaN : float.Parse(cell, CultureInfo.InvariantCulture)).ShouldBe(rows[i]);
            numbers.AsSpan(i * rows[i].Length, rows[i].Length).SequenceEqual(rows[i]).ShouldBeTrue();
        }
        Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["x.csv", "x.csv.json", "x.index.csv", "x.npy", "x.npy.json", "x.parquet", "x.parquet.json"]);
    }

    [Fact]
    public void Parts_size_normalisation_and_precision_can_be_chosen()
    {
        Run(Command("all.npy"));
        Run(Command("test.npy", "--part test --float16"));
        Run(Command("same.npy", "--normalize 0,1 --image-size 16"));
        Run(Command("other.npy", "--normalize imagenet --image-size 24"));
        var all = Rows("all.npy");
        Rows("test.npy").SelectMany(row => row).ShouldBe(all[..6].SelectMany(row => row.Select(v => (float)(Half)v)), 1e-3); // the test images' paths come first
        File.ReadAllBytes(folder.In("same.npy")).ShouldBe(File.ReadAllBytes(folder.In("all.npy")));
        Rows("other.npy")[0].ShouldNotBe(all[0]);
        var manifest = JsonNode.Parse(File.ReadAllText(folder.In("other.npy.json")))!;
        ((int)manifest["image_size"]!, (double)manifest["mean"]![2]!, (string)manifest["part"]!).ShouldBe((24, 0.406, "all"));
    }

    private static void Refused(string command, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(1);
        error.ShouldContain(sentence);
        error.ShouldNotContain("   at ");
        output.ShouldBe("");
    }

    [Fact]
    public void Images_that_are_all_damaged_and_files_of_others_beside_the_output_are_refused()
    {
        string bad = folder.In("bad");
        Directory.CreateDirectory(bad);
        foreach (string name in (string[])["a.png", "b.png"]) File.WriteAllText(Path.Combine(bad, name), "no image");
        string embed = $"embed --weights {photos.Run} --data {bad} --threads 1 -q --output";
        Refused($"{embed} {folder.In("bad.npy")}", "simclr: None of the 2 images can be read; the first: ");
        File.Exists(folder.In("bad.npy")).ShouldBeFalse();
        foreach (string beside in (string[])["mine.index.csv", "mine.npy.json"])
        {
            File.WriteAllText(folder.In(beside), "{\"mine\": 1}");
            Refused($"{embed} {folder.In("mine.npy")}", $"{folder.In(beside)} already exists, and belongs beside {folder.In("mine.npy")}. Choose another --output.");
            File.ReadAllText(folder.In(beside)).ShouldBe("{\"mine\": 1}");
            File.Delete(folder.In(beside));
        }
        Run(Command("again.npy"));
        File.Delete(folder.In("again.npy")); // its own files beside it are replaced
        Run(Command("again.npy"));
    }

    [Fact]
    public void A_picture_does_not_replace_an_image_of_a_list()
    {
        string list = folder.In("list.txt"), image = photos.In(Photos.Names[0]);
        File.WriteAllText(list, image + "\n");
        byte[] before = File.ReadAllBytes(image);
        InProcess.Run($"views --data @{list} --output {image}").ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(2), run => run.Error.ShouldContain("and would be replaced."));
        File.ReadAllBytes(image).ShouldBe(before);
    }

    [Theory]
    [InlineData("embed --weights x --data builtin --output x.txt", 2, "ends in .npy, .csv or .parquet, not 'x.txt'")]
    [InlineData("embed --weights x --data builtin --output x.npy --normalize 1,2,3", 2, "--normalize takes none, imagenet, MEAN,STD")]
    [InlineData("embed --weights x --data builtin --output x.npy --normalize 0.5,0", 2, "deviations above 0")]
    [InlineData("embed --weights x --data builtin --output x.npy --image-size 4", 2, "--image-size must be at least 8")]
    [InlineData("search --data builtin --query 3", 2, "--weights is missing")]
    [InlineData("search --weights x --data builtin --query nothing.png", 1, "nothing.png: there is no such file")]
    [InlineData("search --embeddings x.npy --part test --data builtin --query 3", 2, "--part cannot be combined with --embeddings")]
    [InlineData("duplicates --embeddings x.npy --data builtin", 1, "x.npy does not exist")]
    [InlineData("duplicates --weights x --data builtin --threshold 1.5", 2, "--threshold must be at most 1, not 1.5")]
    [InlineData("cluster --weights x --data builtin", 2, "--clusters")]
    public void Bad_input_gives_one_clear_sentence(string arguments, int expected, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run(arguments);
        exitCode.ShouldBe(expected, error);
        error.ShouldContain(sentence);
        output.ShouldBe("");
    }
}
