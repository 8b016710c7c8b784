using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

/// <summary>Which folders are the parts of a data set. The files are empty, because listing opens none.</summary>
public sealed class ImageFolderPartsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Theory]
    [InlineData("train", "valid")]
    [InlineData("Training", "Testing")]
    [InlineData("TRAIN", "Eval")]
    [InlineData("train", "holdout")]
    [InlineData("train_images", "val_images")]
    [InlineData("trainset", "testset")]
    [InlineData("train", "test-set")]
    [InlineData("train2017", "val2017")]
    [InlineData("seg_train", "seg_test")]
    public void Parts_are_known_by_their_usual_names(string train, string test)
    {
        Touch($"{train}/a/1.jpg", $"{train}/b/2.jpg", $"{test}/b/3.jpg");
        var (training, testing) = (Open(DatasetPart.Train), Open(DatasetPart.Test));
        training.Classes.ShouldBe(["a", "b"]);
        Labels(training).ShouldBe([($"{train}/a/1.jpg", 0), ($"{train}/b/2.jpg", 1)]);
        Labels(testing).ShouldBe([($"{test}/b/3.jpg", 1)]);
        ImageDatasets.HasTest(temp.Root).ShouldBeTrue();
        training.Omissions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("train_station", "test_tube")] // other things
    [InlineData("seg_train", "cls_test")] // of two sets
    [InlineData("trainer", "tester")]
    public void Other_names_with_such_words_are_classes(string one, string other)
    {
        Touch($"{one}/1.jpg", $"{other}/2.jpg");
        Open(DatasetPart.Train).Classes.ShouldBe([.. new[] { one, other }.Order(StringComparer.Ordinal)]);
        ImageDatasets.HasTest(temp.Root).ShouldBeFalse();
    }

    [Theory]
    [InlineData("unlabeled")]
    [InlineData("Unlabelled")]
    [InlineData("unsup")]
    public void Unlabelled_images_beside_the_parts_are_for_pretraining(string name)
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", $"{name}/4.jpg", $"{name}/b/5.jpg");
        var all = Open(DatasetPart.Pretraining);
        Labels(all).OrderBy(l => l.Label).ShouldBe([($"{name}/4.jpg", -1), ($"{name}/b/5.jpg", -1), ("train/a/1.jpg", 0), ("train/b/2.jpg", 1)]);
        Labels(all).Select(l => l.Path).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
        all.Name.ShouldEndWith(" train and unlabeled");
        Open(DatasetPart.Train).Count.ShouldBe(2);
        Open(DatasetPart.Train).Omissions.ShouldHaveSingleItem().Example.ShouldBe(temp.Named(name));
    }

    [Fact]
    public void The_first_test_part_with_the_classes_is_used_and_the_others_are_reported()
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "test/b/3.jpg", "val/a/4.jpg", "dev/a/5.jpg");
        Labels(Open(DatasetPart.Test)).ShouldBe([("test/b/3.jpg", 1)]);
        var said = Open(DatasetPart.Train).Omissions.ShouldHaveSingleItem();
        (said.What, said.Count, said.Reason, said.Example).ShouldBe(("test part", 2, "test is the test part", temp.Named("dev")));

        Directory.Move(temp.At("test", "b"), temp.At("test", "3")); // now no image of test has a label
        Labels(Open(DatasetPart.Test)).ShouldBe([("val/a/4.jpg", 0)]);
    }

    [Fact]
    public void Files_beside_the_parts_are_reported()
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg", "more/4.jpg", "notes/readme.txt", "cover.jpg", "labels.csv", ".DS_Store");
        Open(DatasetPart.Train).Omissions.Select(o => (o.What, o.Count, o.Example, o.IsExpected)).ShouldBe(
        [
            ("folder", 1, temp.Named("more"), false),
            ("image", 1, temp.Named("cover.jpg"), false),
            ("file that is no image (1 .csv)", 1, temp.Named("labels.csv"), true),
            ("hidden file", 1, temp.Named(".DS_Store"), true),
        ]);
    }

    [Fact]
    public void Parts_are_found_inside_a_folder_that_contains_nothing_else()
    {
        Touch("archive/data/train/a/1.jpg", "archive/data/train/b/2.jpg", "archive/data/valid/b/3.jpg", "__MACOSX/._x.jpg", "readme.txt");
        Labels(Open(DatasetPart.Test)).ShouldBe([("archive/data/valid/b/3.jpg", 1)]);
    }

    [Fact]
    public void Training_images_beside_folders_without_images_are_the_training_part()
    {
        Touch("train/a/1.jpg", "train/b/2.jpg", "annotations/1.xml");
        Open(DatasetPart.Train).Classes.ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData(true, "bus/1.jpg", "car/2.jpg", "train/3.jpg")] // a class with almost no images
    [InlineData(true, "invalid/1.jpg", "valid/2.jpg")]
    [InlineData(false, "other/1.jpg", "train/a/2.jpg", "train/b/3.jpg")]
    [InlineData(false, "bottle/train/good/1.jpg", "nut/2.jpg")]
    public void A_folder_that_only_looks_like_a_part_is_reported(bool isExpected, params string[] files)
    {
        Touch(files);
        var images = Open(DatasetPart.Train);
        images.Count.ShouldBe(files.Length);
        var said = images.Omissions.ShouldHaveSingleItem();
        (said.What, said.Count, said.IsExpected).ShouldBe(("name of a part", 1, isExpected));
    }

    private void Touch(params string[] files) => Array.ForEach(files, file => temp.Write(file));

    private ImageFolderDataset Open(DatasetPart part) => ImageFolderDataset.Open(temp.Root, part);

    private List<(string Path, int Label)> Labels(ImageFolderDataset images) =>
        [.. Enumerable.Range(0, images.Count).Select(i => (TestFolder.Relative(temp.Root, images.Describe(i)), images.Label(i)))];
}
