using SimClr.Models;
using SimClr.Weights;
using SkiaSharp;
using TorchSharp;

namespace SimClr.Cli.Tests.Commands;

public sealed partial class ClassifierCommandsTests
{
    [Theory]
    [InlineData("0", null, null, "has classifier-head-layers in its header, and no recipe or no classes.")]
    [InlineData("0", "&a [*a]: 1", "[]", "recipe:1: anchors and aliases (&a) are not allowed in a recipe.")]
    [InlineData("0", "encoder: {width: 8}", "[]", "its recipe describes resnet18 × 8")]
    [InlineData("0", "encoder: {width: 0.0625}", "[1, 2]", "its list of classes is not a JSON array of texts")]
    [InlineData("0", "encoder: {width: 0.0625}", "[null, null]", "its list of classes is not a JSON array of texts")]
    [InlineData("2", "encoder: {width: 0.0625}", "[\"a\", \"b\"]", "no network has a classifier of 2 classes on layer 2 of a head of 2.")]
    [InlineData("x", "encoder: {width: 0.0625}", "[\"a\", \"b\"]", "no network has a classifier of 2 classes on layer x of a head of 2.")]
    [InlineData("0", "encoder: {width: 0.0625}", "[\"a\"]", "no network has a classifier of 1 classes on layer 0 of a head of 2.")]
    public void A_classifiers_header_that_cannot_be_used_is_said_in_one_sentence(string layers, string? recipe, string? classes, string sentence)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3, torch.CPU);
        using var network = new ResNet(new ResNetOptions { Width = 0.0625 }, 32, generator);
        var header = new Dictionary<string, string> { ["classifier-head-layers"] = layers };
        if (recipe is not null) header["recipe"] = recipe;
        if (classes is not null) header["classes"] = classes;
        string file = folder.In("teacher.safetensors");
        Safetensors.Write(file, network.state_dict(), header);
        var (exitCode, output, error) = InProcess.Run($"distill --teacher {file} --data builtin --output {folder.In("student")} --threads 1");
        (exitCode, output).ShouldBe((1, ""), error);
        error.ShouldStartWith($"simclr: {file}");
        error.ShouldContain(sentence);
    }

    [Theory]
    [InlineData("--labels 0%", 2, "--labels takes a share such as 1%")]
    [InlineData("--head-layers 2", 1, "has 2 layers, so at most 1 can be used")]
    [InlineData("--batch-size 1", 2, "--batch-size must be at least 2")]
    [InlineData("--layer-decay 0", 2, "simclr: --layer-decay must be in (0, 1], not 0.")]
    [InlineData("--freeze stem,body", 2, "freeze: the encoder has no stage body. Its stages are stem, layer1, layer2, layer3, layer4;")]
    [InlineData("--labels 1 --probe-first", 1, "--probe-first: the 12 training images have one image of each class")]
    [InlineData("--set training.epoch=3", 2, "training.epochs")]
    public void What_cannot_be_fine_tuned_is_said_in_one_sentence(string arguments, int expected, string sentence)
    {
        var (exitCode, output, error) = InProcess.Run($"finetune {Weights} --output {folder.In("x")} {arguments}");
        exitCode.ShouldBe(expected, error);
        (error + output).ShouldContain(sentence);
    }

    [Fact]
    public void Missing_labels_and_a_teacher_without_a_classifier_are_reported()
    {
        string list = folder.In("list.txt");
        File.WriteAllText(list, "nowhere/cat.png\n");
        InProcess.Run($"finetune {Weights} --labels {list} --output {folder.In("x")}").Error.ShouldContain("line 1: built-in train has no training image nowhere/cat.png");
        InProcess.Run($"distill --teacher {trained.In("runs", "done")} --data builtin --output {folder.In("y")}").Error.ShouldContain("holds no classifier.safetensors");
        InProcess.Run($"health {trained.In("nowhere")}").Error.ShouldContain("is not a run folder");
    }

    [Theory]
    [InlineData("no labels", "no labels has 0 classes", "1.png", "2.png")]
    [InlineData("one class", "labelled images of at least two", "train/a/1.png", "train/a/2.png", "test/a/1.png")]
    [InlineData("unknown class", "unknown class test cannot be scored", "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/z/1.png")]
    [InlineData("nothing to hold out", "has 2 images and no test part. Each class needs at least two images", "a/1.png", "b/1.png")]
    public void Data_that_cannot_be_evaluated_is_reported_in_one_sentence(string name, string sentence, params string[] images)
    {
        using var bitmap = new SKBitmap(20, 20);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        foreach (string image in images)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.In("data", image))!);
            File.WriteAllBytes(folder.In("data", image), png.ToArray());
        }
        foreach (string command in (string[])["evaluate knn", $"finetune --output {folder.In("tuned")} --epochs 2"])
        {
            var (exitCode, _, error) = InProcess.Run($"{command} --weights {trained.In("runs", "done")} --data {folder.In("data")} --threads 1 --quiet");
            exitCode.ShouldBe(1, name);
            error.Trim().Split('\n').Single().ShouldContain(sentence.Replace(name, "data", StringComparison.Ordinal));
        }
        Directory.Exists(folder.In("tuned")).ShouldBeFalse();
    }
}
