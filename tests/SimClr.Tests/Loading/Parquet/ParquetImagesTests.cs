using System.Buffers.Binary;
using System.Globalization;
using Parquet;
using Parquet.Schema;
using SimClr.Datasets;
using SimClr.Loading;
using SkiaSharp;

namespace SimClr.Tests.Loading;

public sealed partial class ParquetImagesTests : IDisposable
{
    private const string Features = """
        {"info": {"features": {"image": {"mode": null, "decode": true, "_type": "Image"}, "label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}}}
        """;

    private readonly TempFolder temp = new();

    public ParquetImagesTests()
    {
        for (int i = 0; i < 7; i++) temp.Write($"png/{i}.png", TinyImages.Encode(8 + i, 8, SKEncodedImageFormat.Png, (x, _) => new((byte)(x * i), 9, 9)));
    }

    public void Dispose() => temp.Dispose();

    // Rows of one of seven PNGs by turns, unless the columns say something else.
    private string Write(string file, int rows, string columns = "{'bytes': bytes, 'path': 'a/' || i || '.x.png'} AS image, (i % 3)::BIGINT AS label", string? features = Features, string options = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(temp.At(file))!);
        string metadata = features is null ? "" : $", KV_METADATA {{huggingface: '{features}'}}";
        DuckDb.Run($"COPY (SELECT {columns} FROM range({rows}) t(i) JOIN (SELECT content AS bytes, parse_filename(filename, true)::BIGINT AS number FROM read_blob('{temp.At("png/*.png")}')) ON number = i % 7 ORDER BY i) " +
            $"TO '{temp.At(file)}' (FORMAT parquet{metadata}{options})");
        return temp.At(file);
    }

    private string Refusal<T>(string file, ParquetColumns? columns = null) where T : Exception => Should.Throw<T>(() => ParquetImages.Open(file, columns)).Message.Replace(temp.Root, "").Replace('\\', '/');

    [Theory]
    [InlineData("")]
    [InlineData(", COMPRESSION zstd, ROW_GROUP_SIZE 2048")]
    [InlineData(", COMPRESSION uncompressed, ROW_GROUP_SIZE 2048, PARQUET_VERSION V2")]
    public void Rows_are_those_that_DuckDB_reads(string options)
    {
        const string Columns = "CASE WHEN i % 11 = 5 THEN NULL ELSE {'bytes': CASE WHEN i % 5 = 3 THEN NULL ELSE bytes END, 'path': CASE WHEN i % 4 = 1 THEN NULL ELSE 'a/' || i || '.x.png' END} END AS image, CASE WHEN i % 7 = 2 THEN NULL ELSE i % 4 - 1 END AS label";
        string file = Write("train-00000-of-00001.parquet", 5000, Columns, options: options);
        var data = (IEncodedImages)ParquetImages.Open(file).Train;
        var expected = DuckDb.Query($"SELECT image.bytes, image.path, label FROM '{file}'");
        (data.Count, data.Classes.ToArray()).ShouldBe((5000, ["cat", "dog", "owl"]), Same);
        for (int i = 0; i < expected.Count; i++)
        {
            var (bytes, path, label) = ((byte[]?)expected[i][0], (string?)expected[i][1], expected[i][2]);
            data.Label(i).ShouldBe(label is null ? -1 : Convert.ToInt32(label, CultureInfo.InvariantCulture));
            data.FileName(i).ShouldBe(Path.GetFileName(path ?? ""));
            if (bytes is not null) data.ReadEncoded(i).ShouldBe(bytes);
            else Should.Throw<InvalidDataException>(() => data.ReadEncoded(i)).Message
                .ShouldBe($"{file}, row {i}: the column image has no bytes{(path is null ? "" : $", only the path {path}; the images must be in the file")}.");
        }
        data.Read(6).Width.ShouldBe(14);
    }

    private static IEqualityComparer<(int, string[])> Same { get; } = EqualityComparer<(int Count, string[] Names)>.Create((a, b) => a.Count == b.Count && a.Names.SequenceEqual(b.Names));

    [Theory]
    [InlineData("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet")]
    [InlineData("train/0000.parquet", "train/0001.parquet", "validation/0000.parquet")]
    public void Names_of_files_or_folders_give_the_parts(string first, string second, string third)
    {
        Write(first, 4);
        Write(second, 3);
        Write(third, 2);
        var (train, test) = ParquetImages.Open(temp.Root);
        (train.Count, test!.Count).ShouldBe((7, 2));
        (train.Describe(4), test.Describe(1)).ShouldBe(($"{Path.GetFullPath(temp.At(second))}, row 0", $"{Path.GetFullPath(temp.At(third))}, row 1"));
        (train.Name, test.Name).ShouldBe(($"{Path.GetFileName(temp.Root)} train", $"{Path.GetFileName(temp.Root)} test"));
    }

    [Fact]
    public void A_test_part_without_labels_gives_way_to_a_validation_part_with_labels()
    {
        Write("train-00000-of-00001.parquet", 4);
        Write("validation-00000-of-00001.parquet", 3);
        Write("test-00000-of-00001.parquet", 5, "{'bytes': bytes, 'path': NULL::VARCHAR} AS image, -1 AS label");
        var (train, test) = ParquetImages.Open(temp.Root);
        test!.Count.ShouldBe(3);
        train.Omissions.ShouldHaveSingleItem().ToString().ShouldBe(
            $"1 × Parquet file not used: validation-00000-of-00001.parquet is of the test part, and there is one alone (for example {temp.At("test-00000-of-00001.parquet")}).");
    }

    [Theory]
    [InlineData("bytes AS img, i::TINYINT AS label", "0,1,2")]
    [InlineData("bytes AS picture, (ARRAY['ü','a','b'])[i + 1] AS label", "a,b,ü")]
    [InlineData("{'bytes': bytes, 'path': 'x'} AS image, 7.5::DOUBLE AS score", "")]
    public void Without_metadata_names_and_types_tell_the_columns(string columns, string classes)
    {
        var (train, test) = ParquetImages.Open(Write("my.parquet", 3, columns, features: null));
        train.Classes.ShouldBe(classes.Split(',', StringSplitOptions.RemoveEmptyEntries));
        test.ShouldBeNull();
        train.Read(2).Width.ShouldBe(10);
    }

    [Fact]
    public void Columns_are_chosen_by_name_also_within_others()
    {
        const string Columns = "{'left': {'bytes': NULL::BLOB, 'path': 'l'}, 'right': {'bytes': bytes, 'path': 'r/' || i}} AS eyes, {'grade': i + 1} AS facts, [i] AS list";
        string file = Write("eyes.parquet", 3, Columns, features: null);
        Refusal<ConfigurationException>(file).ShouldBe("/eyes.parquet has several such columns (eyes.left, eyes.right). Choose one with --image-column.");
        var (train, _) = ParquetImages.Open(file, new() { Image = "eyes.right", Label = "facts.grade" });
        (((IEncodedImages)train).FileName(2), train.Label(0), train.Read(1).Width).ShouldBe(("2", 1, 9));
        Refusal<ConfigurationException>(file, new() { Image = "eyes.rihgt" }).ShouldStartWith("--image-column: /eyes.parquet has no column eyes.rihgt; it has eyes.left.bytes, ");
        Refusal<InvalidDataException>(file, new() { Image = "facts.grade" }).ShouldContain("the column facts.grade holds Int64; an image of a row is bytes");
        Refusal<InvalidDataException>(file, new() { Image = "eyes.left.path" }).ShouldContain("the column eyes.left.path holds texts; an image of a row is bytes");
        Refusal<InvalidDataException>(file, new() { Image = "eyes.right", Label = "list.list.element" }).ShouldContain("holds lists; labels are numbers or texts");
    }

    // DuckDB writes optional columns only.
    private async Task<string> WriteBy(bool required, params (byte[] Image, string Label)[][] groups)
    {
        var (image, label) = (new DataField<byte[]>("image", nullable: !required), new DataField<string>("label", nullable: !required));
        await using var file = File.Create(temp.At($"{required}.parquet"));
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(image, label), file);
        foreach (var rows in groups)
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(image, (byte[][])[.. rows.Select(row => row.Image)]);
            await group.WriteAsync(label, (string[])[.. rows.Select(row => row.Label)]);
        }
        return file.Name;
    }

    [Fact]
    public async Task Required_columns_are_read_as_optional_ones_are()
    {
        byte[][] png = [.. Enumerable.Range(0, 3).Select(i => File.ReadAllBytes(temp.At($"png/{i}.png")))];
        (byte[], string)[][] groups = [[(png[0], "cat"), (png[2], "owl"), (png[2], "cat")], [(png[1], "owl")]];
        foreach (bool required in (bool[])[true, false])
        {
            string file = await WriteBy(required, groups);
            DuckDb.Query($"SELECT repetition_type FROM parquet_schema('{file}') WHERE name = 'image'").ShouldHaveSingleItem()[0].ShouldBe(required ? "REQUIRED" : "OPTIONAL");
            var data = (IEncodedImages)ParquetImages.Open(file).Train;
            data.Classes.ShouldBe(["cat", "owl"]);
            Enumerable.Range(0, data.Count).Select(data.Label).ShouldBe([0, 1, 0, 1]);
            Enumerable.Range(0, data.Count).Select(data.ReadEncoded).ShouldBe([png[0], png[2], png[2], png[1]]);
        }
    }

    [Fact]
    public async Task A_file_without_rows_is_refused_by_name()
    {
        Refusal<InvalidDataException>(await WriteBy(required: true)).ShouldBe("/True.parquet has no rows.");
        Refusal<InvalidDataException>(await WriteBy(required: false, [], [])).ShouldBe("/False.parquet has no rows.");
        Refusal<InvalidDataException>(Write("none.parquet", 0)).ShouldBe("/none.parquet has no rows.");
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(", COMPRESSION zstd, ROW_GROUP_SIZE 2048", 2048)]
    public void A_failed_packing_leaves_finished_shards_or_nothing(string options, int firstDamaged)
    {
        string file = Write("train.parquet", 6000, options: options);
        var (offset, size) = DuckDb.Query($"SELECT min(data_page_offset), sum(total_compressed_size)::BIGINT FROM parquet_metadata('{file}') WHERE path_in_schema = 'image, bytes' AND row_group_id = {(firstDamaged > 0 ? 1 : 0)}")
            .Select(row => (Convert.ToInt32(row[0], CultureInfo.InvariantCulture), Convert.ToInt32(row[1], CultureInfo.InvariantCulture))).Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes.AsSpan(offset, Math.Min(size, 40)).Fill(0xee);
        File.WriteAllBytes(file, bytes);
        var messages = new RecordedMessages();
        var run = new PackRun(ImageSource.Of(ParquetImages.Open(file).Train), "in", temp.At("out"), new PackOptions { ShardImages = 700, OnBadImage = BadImagePolicy.Fail }, messages);
        Should.Throw<InvalidDataException>(() => run.Execute(resume: false, TestContext.Current.CancellationToken)).Message.ShouldStartWith($"{file}, row group ");
        Directory.Exists(temp.At("out")).ShouldBeFalse();
        Directory.Exists(temp.At("out.part")).ShouldBe(firstDamaged > 0);
        messages.Lines.Count(note => note == $"Finished shards are in {temp.At("out.part")}; --resume continues after them.").ShouldBe(firstDamaged > 0 ? 1 : 0);
    }

    // Two billion, in the place of the number at a byte. It takes five bytes.
    private static byte[] Promising(byte[] file, int at, uint number)
    {
        int end = Array.FindIndex(file, at, b => b < 0x80) + 1;
        byte[] longer = [.. file[..at], .. Enumerable.Range(0, 5).Select(i => (byte)((number >> (7 * i) & 0x7f) | (i < 4 ? 0x80u : 0))), .. file[end..]];
        int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        if (at >= file.Length - 8 - length) BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(longer.Length - 8), length + longer.Length - file.Length);
        return longer;
    }

    [Fact]
    public async Task Sizes_that_a_file_promises_are_checked_before_they_are_allocated()
    {
        string file = temp.At("only.parquet");
        var image = new DataField<byte[]>("image");
        await using (var stream = File.Create(file))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(image), stream))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(image, (byte[][])[File.ReadAllBytes(temp.At("png/1.png"))]);
        }
        byte[] bytes = File.ReadAllBytes(file);
        int footer = bytes.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - 8));
        ((IEncodedImages)ParquetImages.Open(file).Train).ReadEncoded(0).ShouldBe(File.ReadAllBytes(temp.At("png/1.png")));

        string Of(byte[] damaged)
        {
            File.WriteAllBytes(file, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            string message = Should.Throw<InvalidDataException>(() => ((IEncodedImages)ParquetImages.Open(file).Train).ReadEncoded(0)).Message;
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
            return message.Replace(file, "F");
        }

        // The head of the page begins with its type and its uncompressed size; the footer with its version and its list of columns.
        Of(Promising(bytes, 4 + 3, 4_000_000_000)).ShouldMatch("^F, row group 0 \\(from row 0\\) cannot be read: the page at byte 4 has \\d+ bytes, and 2000000000 uncompressed ones$");
        byte[] listed = [.. bytes[..(footer + 3)], 0xfc, 0, .. bytes[(footer + 4)..]];
        listed[^8]++; // of the footer's length
        Of(Promising(listed, footer + 4, 2_000_000_000))
            .ShouldBe("F cannot be read as a Parquet file: it has a list of 2000000000 elements");
        Of([.. bytes[..4], .. Enumerable.Repeat((byte)0xff, 20), .. bytes[24..]]).ShouldStartWith("F, row group 0 (from row 0) cannot be read: ");
    }

    [Fact]
    public void What_cannot_be_read_is_one_sentence_with_the_file()
    {
        File.WriteAllText(temp.At("broken.parquet"), "PAR1 and nothing else, PAR1");
        Refusal<InvalidDataException>(temp.At("broken.parquet")).ShouldStartWith("/broken.parquet cannot be read as a Parquet file: ");
        Refusal<InvalidDataException>(Write("numbers.parquet", 3, "i AS number", features: null)).ShouldBe("/numbers.parquet has no column of images: none holds bytes. It has number.");
        Refusal<InvalidDataException>(Write("far.parquet", 3, "bytes AS image, 3 AS label")).ShouldBe("/far.parquet, row 0 has the label 3; there are 3 classes.");
        string file = Write("train.parquet", 300);
        byte[] bytes = File.ReadAllBytes(file);
        bytes.AsSpan(200, 2000).Fill(0xee);
        File.WriteAllBytes(file, bytes);
        Should.Throw<InvalidDataException>(() => ParquetImages.Open(file).Train.Read(0)).Message.ShouldStartWith(file);
    }

    [Fact]
    public void Packing_keeps_names_labels_and_parts_and_continues_to_the_same_bytes()
    {
        Write("in/train-00000-of-00001.parquet", 3000, options: ", ROW_GROUP_SIZE 2048");
        Write("in/test-00000-of-00001.parquet", 5);
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.At("in"), DatasetPart.Train)).Message.ShouldContain("simclr pack --data");
        string Pack(string to, int stopAt)
        {
            var (train, test) = ParquetImages.Open(temp.At("in"));
            using var stop = new CancellationTokenSource();
            var messages = new Stopping(stop, stopAt);
            _ = new PackRun(ImageSource.Of(train, test), "in", temp.At(to), new PackOptions { ShardImages = 700 }, messages).Execute(resume: true, stop.Token);
            return temp.At(to);
        }
        string whole = Pack("whole", int.MaxValue), parts = Pack("parts", 2500);
        Directory.Exists(parts).ShouldBeFalse();
        Pack("parts", int.MaxValue);
        foreach (string file in Directory.GetFiles(whole, "*", SearchOption.AllDirectories))
            File.ReadAllBytes(Path.Combine(parts, Path.GetRelativePath(whole, file))).ShouldBe(File.ReadAllBytes(file), file);
        var packed = (IEncodedImages)ImageDatasets.Open(whole, DatasetPart.Train);
        (packed.Count, packed.Label(2999), packed.FileName(2999)).ShouldBe((3000, 2999 % 3, "000002999_2999_x.png"));
        packed.Classes.ShouldBe(["cat", "dog", "owl"]);
        packed.ReadEncoded(2999).ShouldBe(File.ReadAllBytes(temp.At($"png/{2999 % 7}.png")));
        ImageDatasets.Open(whole, DatasetPart.Test).Count.ShouldBe(5);
    }

    private sealed class Stopping(CancellationTokenSource stop, int at) : IMessages
    {
        public void Note(string text) { }

        public void Warn(string text) { }

        public T Progress<T>(string what, long total, Func<Action<long, string>, T> work) => work((done, _) =>
        {
            if (done >= at) stop.Cancel();
        });
    }
}
