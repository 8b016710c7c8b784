using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class ImageFolderDatasetTests
{
    [Theory]
    [InlineData("test")]
    [InlineData("val")]
    [InlineData("Validation")]
    public void The_classes_of_the_training_part_give_the_labels_of_both_parts(string testName)
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "train/c/3.jpg", $"{testName}/c/4.jpg", "ignored/5.jpg");
        var test = Open(DatasetPart.Test);

        (test.Name, test.Count, test.Label(0)).ShouldBe(($"{Path.GetFileName(temp.Root)} test", 1, 2));
        test.Classes.ShouldBe(["a", "b", "c"]);
        test.Describe(0).ShouldBe(temp.Named(testName, "c", "4.jpg"));
        Open().Name.ShouldEndWith(" train");
        Open(DatasetPart.Pretraining).Count.ShouldBe(3);
    }

    [Fact]
    public void A_test_image_of_a_class_missing_in_training_has_no_label_and_stops_only_evaluations()
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "test/zebra/4.jpg", "test/zebra/5.jpg");
        var test = Open(DatasetPart.Test);
        Enumerable.Range(0, test.Count).Select(test.Label).ShouldBe([0, -1, -1]);
        var said = test.Omissions.ShouldHaveSingleItem();
        (said.Count, said.Example, said.StopsEvaluation).ShouldBe((2, temp.Named("test", "zebra", "4.jpg"), true));
        said.Reason.ShouldStartWith($"the training part, {temp.Named("train")}, has no class zebra;");
        Open().Omissions.ShouldBeEmpty();
    }

    [Fact]
    public void A_single_folder_named_train_is_the_training_part()
    {
        Touch("train/a/1.jpg", "train/b/2.jpg");
        Open().Classes.ShouldBe(["a", "b"]);
        ImageDatasets.HasTest(temp.Root).ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => Open(DatasetPart.Test)).Message.ShouldContain("has no test part");
    }

    [Fact]
    public void A_class_called_train_is_a_class()
    {
        Touch("bus/1.jpg", "car/2.jpg", "train/3.jpg");
        Open().Classes.ShouldBe(["bus", "car", "train"]);
    }

    [Fact]
    public void A_test_part_without_a_training_part_is_not_taken_for_training_images()
    {
        Touch("a/1.jpg", "b/2.jpg", "test/a/3.jpg");
        Should.Throw<InvalidDataException>(() => Open()).Message.ShouldContain("no folder train beside it; move the training images to");
    }

    [Fact]
    public void A_part_without_images_is_refused()
    {
        Touch("train/a/readme.txt", "test/a/1.jpg");
        Should.Throw<InvalidDataException>(() => Open()).Message.ShouldStartWith($"{temp.Named("train")} holds no image file (.jpg ");
    }
}
