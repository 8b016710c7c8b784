using SimClr.Datasets;
using SimClr.Images;
using SimClr.Onnx;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class ExportCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--preprocess")]
    [InlineData("--opset 17")]
    public async Task An_exported_ONNX_file_gives_the_vectors_of_embed(string options)
    {
        string run = trained.In("runs", "done"), onnx = folder.In("encoder.onnx"), photos = Directory.CreateDirectory(folder.In("photos")).FullName;
        var images = new BuiltInImages(DatasetPart.Test, count: 12);
        for (int i = 0; i < images.Count; i++) File.WriteAllBytes(Path.Combine(photos, $"{i:d2}.png"), ImageEncoder.Png(images.Read(i)));
        Succeed($"export --weights {run} --output {onnx} {options}");
        Succeed($"embed --weights {run} --data {photos} --output {folder.In("h.csv")} --threads 1");
        float[][] rows = [.. File.ReadLines(folder.In("h.csv")).Skip(1).Select(line => line.Split(',')[4..].Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];

        using var embedder = ImageEmbedder.Load(onnx);
        embedder.Recipe.ShouldNotBeNull().ShouldContain("width: 0.0625");
        var cancellationToken = TestContext.Current.CancellationToken;
        var vectors = await embedder.EmbedAsync(Directory.GetFiles(photos).Order(StringComparer.Ordinal), cancellationToken).ToListAsync(cancellationToken);
        vectors.Count.ShouldBe(rows.Length);
        foreach (var (vector, row) in vectors.Zip(rows))
            vector.Vector.ToArray().Zip(row, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4f * row.Max(), vector.Name);
    }

    [Theory]
    [InlineData("--opset 16", "simclr: --opset must be at least 17, not 16. See `simclr export --help`.")]
    [InlineData("--opset 17 --preprocess", "simclr: --preprocess needs --opset 18: before it, Resize cannot antialias.")]
    public void An_opset_that_cannot_be_written_is_refused(string options, string sentence)
    {
        var (exitCode, _, error) = InProcess.Run($"export --weights {trained.In("runs", "done")} --output {folder.In("encoder.onnx")} {options}");
        (exitCode, error.Trim()).ShouldBe((2, sentence));
    }
}
