using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class AnnotationsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public AnnotationsTests()
    {
        byte[] jpeg = Tars.Jpeg(7);
        foreach (string file in (string[])["train/n01/images/n01_0.JPEG", "train/n02/images/n02_0.JPEG", "val/images/val_0.JPEG", "val/images/val_1.JPEG", "test/images/test_0.JPEG"])
            temp.Write($"tiny-imagenet-200/{file}", jpeg);
        temp.Write("tiny-imagenet-200/train/n01/n01_boxes.txt", "n01_0.JPEG\t0\t10\t63\t58\n"u8.ToArray());
    }

    public void Dispose() => temp.Dispose();

    private IImageDataset Test(string annotations)
    {
        temp.Write("tiny-imagenet-200/val/val_annotations.txt", System.Text.Encoding.UTF8.GetBytes(annotations));
        return ImageDatasets.Open(temp.Root, DatasetPart.Test);
    }

    [Fact]
    public void Tiny_ImageNets_test_part_is_val_with_the_classes_of_its_list()
    {
        var test = Test("val_1.JPEG\tn01\t0\t32\t44\t62\nval_0.JPEG\tn02\t52\t55\t57\t59\n");
        Enumerable.Range(0, test.Count).Select(i => $"{Path.GetFileName(test.Describe(i))} {test.Classes[test.Label(i)]}").ShouldBe(["val_0.JPEG n02", "val_1.JPEG n01"]);
        var train = ImageDatasets.Open(temp.Root, DatasetPart.Train);
        Enumerable.Range(0, 2).Select(train.Label).ShouldBe([0, 1]);
    }

    [Fact]
    public void An_image_without_a_line_has_no_label_and_a_strange_class_stops_evaluations()
    {
        var test = Test("val_0.JPEG\tn99\n");
        Enumerable.Range(0, 2).Select(test.Label).ShouldBe([-1, -1]);
        test.Omissions.ShouldContain(o => o.Reason == "the image is not in the list of annotations and has no label; evaluation leaves it out");
        test.Omissions.ShouldContain(o => o.StopsEvaluation && o.Reason.Contains("has no class n99"));
    }

    [Theory]
    [InlineData("val_0.JPEG n01\n", "line 1: an image and its class are expected, with a tab between.")]
    [InlineData("val_0.JPEG\tn01\n\nval_0.JPEG\tn02\n", "line 3: val_0.JPEG has two classes, n01 and n02.")]
    public void A_wrong_line_is_one_sentence(string text, string sentence) =>
        Should.Throw<InvalidDataException>(() => Test(text)).Message.ShouldEndWith($"val_annotations.txt, {sentence}");
}
