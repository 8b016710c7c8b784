using Parquet;
using SimClr.Export;
using SimClr.Tests.Loading;

namespace SimClr.Tests.Export;

public sealed class ParquetEmbeddingsTests
{
    [Theory]
    [InlineData(3, 7)]
    [InlineData(1 << 20, 5)] // four rows per group: one full group and a remainder
    public async Task Parquet_Nets_reader_reads_the_rows_back(int dimensions, int count)
    {
        float[][] values = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, dimensions).Select(j => i == 2 ? float.NaN : i + j / 1024f).ToArray())];
        using var stream = new MemoryStream();
        using (var parquet = new ParquetEmbeddings(stream, dimensions))
        {
            for (int i = 0; i < count; i++) parquet.Write($"ä/{i}.png", i % 3 - 1, i % 3 == 0 ? null : $"class {i % 3 - 1}", i == 2, values[i]);
            parquet.Complete();
        }

        stream.Position = 0;
        await using var reader = await ParquetReader.CreateAsync(stream);
        reader.Schema.Fields.Select(f => f.Name).ShouldBe(["file", "label", "class", "damaged", "embedding"]);
        var fields = reader.Schema.GetDataFields();
        fields[4].Path.ToString().ShouldBe("embedding/list/element"); // the type that pandas and polars read as a list
        int row = 0;
        for (int g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            int rows = (int)group.RowCount;
            rows.ShouldBe(Math.Min(Math.Max(1, (1 << 22) / dimensions), count - row));
            var (files, classes, labels, damaged) = (new string?[rows], new string?[rows], new int?[rows], new bool[rows]);
            await group.ReadAsync(fields[0], files.AsMemory());
            await group.ReadAsync<int>(fields[1], labels.AsMemory());
            await group.ReadAsync(fields[2], classes.AsMemory());
            await group.ReadAsync<bool>(fields[3], damaged.AsMemory());
            var (numbers, definition, repetition) = (new float[rows * dimensions], new int[rows * dimensions], new int[rows * dimensions]);
            await group.ReadRawAsync<float>(fields[4], numbers, definition, repetition);
            repetition.Index().All(level => level.Item == (level.Index % dimensions == 0 ? 0 : 1)).ShouldBeTrue();
            var lists = numbers.Chunk(dimensions).ToArray();
            for (int i = 0; i < rows; i++, row++)
            {
                (files[i], labels[i], classes[i], damaged[i]).ShouldBe(($"ä/{row}.png", row % 3 == 0 ? null : row % 3 - 1, row % 3 == 0 ? null : $"class {row % 3 - 1}", row == 2));
                lists[i].AsSpan().SequenceEqual(values[row]).ShouldBeTrue();
            }
        }
        row.ShouldBe(count);
    }

    // A reader skips row groups whose least and greatest text exclude what it looks for.
    [Fact]
    public void DuckDB_finds_every_row_by_its_texts()
    {
        string[] names = ["a.jpg", "B.jpg", "\u00E9.jpg", "\U0001F600.jpg"];
        using var folder = new TempFolder();
        using (var stream = File.Create(folder.At("h.parquet")))
        {
            using var parquet = new ParquetEmbeddings(stream, 2, hasTiles: true);
            for (int i = 0; i < names.Length; i++) parquet.Write(names[i], i, names[i], false, [i, -i], i == 1 ? new(names[i], 3, 4) : null);
            parquet.Complete();
        }
        object?[] Row(string where) => DuckDb.Query($"SELECT label, embedding[2], source, y FROM '{folder.At("h.parquet")}' WHERE {where}").ShouldHaveSingleItem();
        for (int i = 0; i < names.Length; i++)
            Row($"file = '{names[i]}' AND class = '{names[i]}'").ShouldBe([i, (float)-i, i == 1 ? names[i] : null, i == 1 ? 4 : null]);
        Row($"source >= '{names[1]}'")[0].ShouldBe(1);
    }

    [Fact]
    public async Task An_incomplete_file_is_not_a_Parquet_file()
    {
        using var stream = new MemoryStream();
        using (var parquet = new ParquetEmbeddings(stream, 2)) parquet.Write("a", 0, "b", false, [1, 2]);
        stream.Position = 0;
        await Should.ThrowAsync<IOException>(async () => { await using var _ = await ParquetReader.CreateAsync(stream); });
    }

    [Fact]
    public void A_row_of_another_width_is_refused()
    {
        using var parquet = new ParquetEmbeddings(new MemoryStream(), 2);
        Should.Throw<ArgumentException>(() => parquet.Write("a", 0, null, false, [1, 2, 3])).Message.ShouldContain("has 2 numbers, not 3");
    }
}
