using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class ClassNamesTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Classes_of_one_name_are_told_apart_by_their_labels()
    {
        ClassNames.Apart(["crane", "dog", "crane", "crane"]).ShouldBe(["crane", "dog", "crane (2)", "crane (3)"]);
        ClassNames.Apart(["a", "a (2)", "a"]).ShouldBe(["a", "a (2)", "a (2) (2)"]);
        string file = temp.Write("shards/classnames.txt", "crane\ndog\r\ncrane\n\n\n"u8.ToArray());
        temp.Write("shards/x.tar", Tars.Of(System.Formats.Tar.TarEntryFormat.Pax, ("1.jpg", Tars.Jpeg(1)), ("1.cls", "2"u8.ToArray()), ("2.jpg", Tars.Jpeg(2)), ("2.cls", "0"u8.ToArray())));
        var data = ImageDatasets.Open(temp.At("shards"), DatasetPart.Train);
        data.Classes.ShouldBe(["crane", "dog", "crane (2)"]);
        (data.Label(0), data.Label(1)).ShouldBe((2, 0));
        ClassNames.Read(file).ShouldBe(data.Classes);
    }

    [Fact]
    public void An_empty_line_among_the_names_is_refused_with_its_number()
    {
        string file = temp.Write("class_names.txt", "cat\n\ndog\n"u8.ToArray());
        Should.Throw<InvalidDataException>(() => ClassNames.Read(file)).Message.ShouldBe($"{file}:2: the line is empty, and each line is the name of a class.");
    }

    [Fact]
    public void Names_above_a_folder_are_those_of_a_part_alone()
    {
        temp.Write("classnames.txt", "u\nv\n"u8.ToArray());
        byte[] tar = Tars.Of(System.Formats.Tar.TarEntryFormat.Pax, ("1.jpg", Tars.Jpeg(1)), ("1.cls", "1"u8.ToArray()));
        temp.Write("mine/a.tar", tar);
        temp.Write("train/a.tar", tar);
        ImageDatasets.Open(temp.At("mine"), DatasetPart.Train).Classes.ShouldBe(["0", "1"]);
        ImageDatasets.Open(temp.At("train"), DatasetPart.Train).Classes.ShouldBe(["u", "v"]);
    }

    [Fact]
    public void Own_data_with_two_classes_of_one_name_is_refused() =>
        Should.Throw<InvalidDataException>(() => ImageSource.Of(new Named(["a", "b", "a"])).ForEvaluation()).Message
            .ShouldEndWith("has 2 classes named a; classes are told apart by name.");

    private sealed class Named(IReadOnlyList<string> classes) : WrappedDataset(new SyntheticImages(12))
    {
        public override IReadOnlyList<string> Classes => classes;

        public override int Label(int index) => index % classes.Count;
    }
}
