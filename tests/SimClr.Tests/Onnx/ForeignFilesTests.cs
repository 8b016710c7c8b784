using SimClr.Images;
using SimClr.Onnx;
using SimClr.Weights;

namespace SimClr.Tests.Onnx;

/// <summary>Files without our metadata, and files at which ONNX Runtime fails. Each has h = the mean of R, G and B.</summary>
public sealed class ForeignFilesTests : IDisposable
{
    private readonly TempFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    // The node that reshapes fails at runs that do not have so many values.
    private string PixelFile(string name, string[] sides, params long[] reshaped)
    {
        var graph = new OnnxGraph("foreign");
        string image = graph.Input("image", OnnxGraph.UInt8, "", "N", sides[0], sides[1], 3);
        string x = graph.Node("x", "Cast", [image], ("to", (long)OnnxGraph.Float));
        x = graph.Node("shaped", "Reshape", [x, graph.Constant("shape", reshaped)]);
        graph.Output(graph.Node("h", "ReduceMean", [x, graph.Constant("axes", 1, 2)], ("keepdims", 0L)), "", "N", 3);
        return Write(name, graph);
    }

    // Takes prepared images; with one: no more than one at a time.
    private string ViewFile(string name, object batch, bool one = false)
    {
        var graph = new OnnxGraph("foreign");
        string x = graph.Input("x", OnnxGraph.Float, "", batch, 3, 8, 8);
        x = graph.Node("shaped", "Reshape", [x, graph.Constant("shape", one ? 1 : -1, 3, 64)]);
        graph.Output(graph.Node("h", "ReduceMean", [x, graph.Constant("axes", 2)], ("keepdims", 0L)), "", "N", 3);
        return Write(name, graph);
    }

    private string Write(string name, OnnxGraph graph)
    {
        using var file = File.Create(folder.At(name));
        graph.Model(18, 8, "", []).WriteTo(file);
        return file.Name;
    }

    private string Image(string name, int width, int height, byte red = 10) => folder.Write(name, ImageEncoder.Png(
        new DecodedImage(Enumerable.Range(0, width * height).SelectMany(_ => new byte[] { red, 20, 30 }).ToArray(), width, height)));

    [Fact]
    public void A_file_that_takes_pixels_and_has_no_metadata_needs_no_preprocessing_and_takes_none()
    {
        string path = PixelFile("pixels.onnx", ["H", "W"], 1, -1, 1, 3), image = Image("a.png", 9, 7);
        using var embedder = ImageEmbedder.Load(path);
        (embedder.Dimensions, embedder.Preprocessing, embedder.Recipe).ShouldBe((3, new Preprocessing(), null));
        embedder.Embed(image).ShouldBe([10, 20, 30]);
        embedder.Embed(Image("b.png", 400, 3)).ShouldBe([10, 20, 30]);
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(path, new() { Preprocessing = Preprocessing.ImageNet })).Message
            .ShouldBe($"{path} prepares its images inside: leave ImageEmbedderOptions.Preprocessing out.");
    }

    [Fact]
    public void A_file_that_takes_pixels_of_one_size_is_refused_with_its_shape()
    {
        var graph = new OnnxGraph("foreign");
        graph.Output(graph.Node("h", "Cast", [graph.Input("image", OnnxGraph.UInt8, "", 1, 224, 224, 3)], ("to", (long)OnnxGraph.Float)), "", 1, 224, 224, 3);
        Should.Throw<InvalidDataException>(() => ImageEmbedder.Load(Write("fixed.onnx", graph))).Message
            .ShouldEndWith("its input image is UInt8 (1, 224, 224, 3), not Float (N, C, S, S), or UInt8, UInt16 or Float (1, -1, -1, C); -1 is any length.");
    }

    [Fact]
    public async Task An_image_that_the_file_cannot_encode_has_an_error_and_stops_nothing()
    {
        string path = PixelFile("seven.onnx", ["H", "W"], 1, -1, 7, 3); // 224 × 224 is a multiple of seven
        using var embedder = ImageEmbedder.Load(path);
        string[] files = [Image("a.png", 7, 5, 1), Image("b.png", 5, 5, 2), Image("c.png", 14, 3, 3)];
        var results = await embedder.EmbedAsync(files, Cancellation).ToListAsync(Cancellation);
        results.Select(result => result.Vector.ToArray()).ShouldBe([[1, 20, 30], [], [3, 20, 30]]);
        results[1].Error.ShouldBeOfType<InvalidDataException>().Message.ShouldStartWith($"{files[1]}: {path}: ONNX Runtime cannot encode (1, 5, 5, 3): ");
        Should.Throw<InvalidDataException>(() => embedder.Embed(files[1])).Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task A_file_that_can_encode_nothing_ends_the_batch_with_one_sentence()
    {
        string path = PixelFile("never.onnx", ["H", "W"], 1, 11, 11, 3);
        using var embedder = ImageEmbedder.Load(path);
        string[] files = [Image("a.png", 7, 5), Image("b.png", 5, 5)];
        (await Should.ThrowAsync<ConfigurationException>(async () => await embedder.EmbedAsync(files, Cancellation).ToListAsync(Cancellation)))
            .Message.ShouldStartWith($"{path}: ONNX Runtime cannot encode (1, 224, 224, 3): ");
        embedder.Embed(Image("c.png", 11, 11)).ShouldBe([10, 20, 30]); // its place was given back
    }

    [Fact]
    public async Task A_batch_that_the_file_cannot_encode_ends_with_a_sentence_that_names_the_size_of_batches()
    {
        string path = ViewFile("one.onnx", "N", one: true);
        var options = new ImageEmbedderOptions { Preprocessing = new() };
        string[] files = [Image("a.png", 8, 8, 51), Image("b.png", 8, 8, 102), Image("c.png", 8, 8, 153)];
        using (var embedder = ImageEmbedder.Load(path, options))
        {
            string message = (await Should.ThrowAsync<ConfigurationException>(async () => await embedder.EmbedAsync(files, Cancellation).ToListAsync(Cancellation))).Message;
            message.ShouldStartWith($"{path}: ONNX Runtime cannot encode (3, 3, 8, 8): ");
            message.ShouldEndWith("With ImageEmbedderOptions.BatchSize = 1 it gets one image at a time.");
        }
        using var single = ImageEmbedder.Load(path, options with { BatchSize = 1 });
        var results = await single.EmbedAsync(files, Cancellation).ToListAsync(Cancellation);
        results.Select(result => result.Vector.Span[0]).ShouldBe([0.2f, 0.4f, 0.6f], 1e-6);
    }

    [Fact]
    public void A_batch_of_more_than_a_gibibyte_is_refused_before_the_first_image()
    {
        var options = new ImageEmbedderOptions { Preprocessing = new(), BatchSize = (1 << 30) / (4 * 3 * 8 * 8) };
        string any = ViewFile("any.onnx", "N"), large = ViewFile("large.onnx", 2_000_000);
        ImageEmbedder.Load(any, options).Dispose();
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(any, options with { BatchSize = options.BatchSize + 1 })).Message.ShouldBe(
            $"{any}: a batch of 1398102 images of 3 × 8 × 8 values takes more than 1 GiB: set a smaller ImageEmbedderOptions.BatchSize.");
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(any, options with { BatchSize = int.MaxValue })).Message.ShouldContain("2147483647 images");
        Should.Throw<ConfigurationException>(() => ImageEmbedder.Load(large, options)).Message
            .ShouldBe($"{large}: a batch of 2000000 images of 3 × 8 × 8 values takes more than 1 GiB: the file fixes the size of its batches.");
    }
}
