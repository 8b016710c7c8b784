using SimClr.Loading;

namespace SimClr.Tests.Loading;

// Labels.
public sealed partial class ParquetImagesTests
{
    // pandas makes real numbers of whole ones beside a missing one, and NaN of that.
    [Theory]
    [InlineData("[0, NULL, 2, 1][i + 1]::DOUBLE", "0,1,2", "0,-1,2,1", "")]
    [InlineData("[2, 'NaN'::FLOAT, -1, 0][i + 1]::FLOAT", "0,1,2", "2,-1,-1,0", "")]
    [InlineData("i % 3 = 1", "0,1", "0,1,0,0", "")]
    [InlineData("[0, 0.5, 1, 1e300][i + 1]::DOUBLE", "0,1", "0,-1,1,-1", "2 × label not used: it is not a whole number (for example F, row 1).")]
    [InlineData("i + 0.25::DOUBLE", "", "-1,-1,-1,-1", "4 × label not used: it is not a whole number (for example F, row 0).")]
    public void Real_and_boolean_labels_are_those_of_the_numbers(string column, string classes, string labels, string omissions)
    {
        string file = Write("my.parquet", 4, $"bytes AS image, {column} AS label", features: null);
        var train = ParquetImages.Open(file).Train;
        string.Join(',', train.Classes).ShouldBe(classes);
        string.Join(',', Enumerable.Range(0, 4).Select(train.Label)).ShouldBe(labels);
        string.Concat(train.Omissions).Replace(file, "F").ShouldBe(omissions);
    }

    [Theory]
    [InlineData("""["dog", "cat", "owl"]""", "1,0,2", "")]
    [InlineData("""["dog", "emu", "cat"]""", "1,-1,0", "1 × label not used: the training part has no class emu (for example F, row 1).")]
    public void A_test_part_with_its_own_order_of_names_is_matched_by_name(string names, string labels, string omissions)
    {
        Write("train-00000-of-00001.parquet", 6);
        string file = Write("test-00000-of-00001.parquet", 3, features: Features.Replace("""["cat", "dog", "owl"]""", names, StringComparison.Ordinal));
        var (train, test) = ParquetImages.Open(temp.Root);
        train.Classes.ShouldBe(["cat", "dog", "owl"]);
        string.Join(',', Enumerable.Range(0, 3).Select(test!.Label)).ShouldBe(labels);
        string.Concat(test.Omissions).Replace(file, "F").ShouldBe(omissions);
    }

    [Fact]
    public void A_number_beside_texts_is_no_class_by_its_position()
    {
        Write("train-00000-of-00001.parquet", 3, "bytes AS image, (ARRAY['ant','cat','dog'])[i + 1] AS label", features: null);
        Write("test-00000-of-00001.parquet", 2, "bytes AS image, i AS label", features: null);
        var test = ParquetImages.Open(temp.Root).Test!;
        (test.Label(0), test.Label(1)).ShouldBe((-1, -1));
        test.Omissions.Count.ShouldBe(2);
    }

    [Fact]
    public void Numbers_that_are_no_labels_are_refused_with_two_ways_out()
    {
        string file = Write("prices.parquet", 3, "bytes AS image, 2e9::DOUBLE AS label, i AS kind", features: null);
        Refusal<InvalidDataException>(file).ShouldEndWith("has the label 2000000000; labels are below 1048576. Choose another column with --label-column, or \"\" for none.");
        ParquetImages.Open(file, new() { Label = "kind" }).Train.Label(2).ShouldBe(2);
        ParquetImages.Open(file, new() { Label = "" }).Train.Label(2).ShouldBe(-1);
    }
}
