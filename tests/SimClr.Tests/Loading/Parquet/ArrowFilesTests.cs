using SimClr.Datasets;
using SimClr.Loading;

namespace SimClr.Tests.Loading;

/// <summary>Files of Apache Arrow's writer, which is that of pyarrow and of Hugging Face's datasets.</summary>
public sealed class ArrowFilesTests
{
    // Goldens/make.cc says what is in the rows.
    [Theory]
    [InlineData("pyarrow")]
    [InlineData("datasets")]
    [InlineData("version2")]
    [InlineData("delta")]
    public void Rows_are_those_that_Arrow_wrote(string name)
    {
        var data = (IEncodedImages)ParquetImages.Open(Golden(name)).Train;
        data.Count.ShouldBe(20);
        data.Classes.ShouldBe(["cat", "dog", "owl"]);
        for (int i = 0; i < 20; i++)
        {
            bool hasImage = i % 6 != 4;
            data.Label(i).ShouldBe(i % 7 == 2 ? -1 : i % 3);
            data.FileName(i).ShouldBe(hasImage && i % 5 != 3 ? $"{i}.png" : "");
            if (hasImage) data.ReadEncoded(i).ShouldBe(Enumerable.Range(0, 20 * i).Select(k => (byte)((i + k * k) % 251)));
            else Should.Throw<InvalidDataException>(() => data.ReadEncoded(i)).Message.ShouldEndWith($", row {i}: the column image has no bytes.");
        }
    }

    [Fact]
    public void LZ4_of_Hadoop_is_refused_with_what_to_do() => Should.Throw<InvalidDataException>(() => ParquetImages.Open(Golden("hadoop-lz4")))
        .Message.ShouldEndWith("is compressed with LZ4 in Hadoop's form, which is not read; write the file with zstd or snappy");

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Loading", "Parquet", "Goldens", $"{name}.parquet");
}
