using System.Globalization;
using Parquet;
using SimClr.Datasets;
using SimClr.Export;
using SimClr.Images;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed class TilesTests : IDisposable
{
    private readonly TempFolder temp = new();
    private readonly RecordedMessages messages = new();

    public void Dispose() => temp.Dispose();

    private static SKColor Color(int x, int y) => new((byte)(x * 7 + y), (byte)(y * 5), (byte)(x ^ y));

    private void Write(string name, int width, int height, SKEncodedImageFormat format = SKEncodedImageFormat.Png, Func<int, int, SKColor>? color = null) =>
        temp.Write($"in/{name}", TinyImages.Encode(width, height, format, color ?? Color));

    private ImageSource Source(params string[] names) =>
        ImageSource.FindAsync([.. names.Select(name => temp.At(name))], messages: messages, cancellationToken: CancellationToken.None).Result;

    private string? Pack(PackOptions options, string to = "out", CancellationToken cancellationToken = default) =>
        new PackRun(Source("in"), "in", temp.At(to), options, messages).Execute(resume: true, cancellationToken);

    // The truth: every pixel of the picture at the place that the record says, and no pixel of the picture missing.
    [Theory]
    [InlineData(50, 40, 16, 0, 4 * 3)]
    [InlineData(50, 40, 16, 8, 6 * 4)]
    [InlineData(48, 32, 16, 0, 3 * 2)]
    [InlineData(10, 40, 16, 0, 1 * 3)] // narrower than a tile
    [InlineData(9, 9, 16, 4, 1)]
    public void Tiles_cover_the_picture_and_hold_its_pixels(int width, int height, int side, int overlap, int count)
    {
        Write("a/map.v1.png", width, height);
        Pack(new PackOptions { TileSide = side, TileOverlap = overlap, Threads = 4 }).ShouldNotBeNull();
        var whole = ImageDecoder.Read(temp.At("in/a/map.v1.png"));
        var tiles = (IEncodedImages)ImageDatasets.Open(temp.At("out"), DatasetPart.Pretraining);
        tiles.Count.ShouldBe(count);
        var seen = new bool[width * height];
        for (int i = 0; i < tiles.Count; i++)
        {
            var (tile, place) = (tiles.Read(i), tiles.Tile(i)!);
            (place.Source, tile.Width, tile.Height).ShouldBe(("a/map.v1.png", Math.Min(side, width), Math.Min(side, height)));
            tiles.FileName(i).ShouldBe(string.Create(CultureInfo.InvariantCulture, $"{i:D9}_map_v1_x{place.X}_y{place.Y}.png"));
            for (int y = 0; y < tile.Height; y++)
            {
                for (int x = 0; x < tile.Width; x++)
                {
                    int at = (place.Y + y) * width + place.X + x;
                    seen[at] = true;
                    tile.Pixels.Slice(3 * (y * tile.Width + x), 3).ToArray().ShouldBe(whole.Pixels.Slice(3 * at, 3).ToArray());
                }
            }
        }
        seen.ShouldAllBe(pixel => pixel);
        PackRun.Verify(temp.At("out"), messages, CancellationToken.None).ShouldBeTrue();
    }

    [Fact]
    public void Tiles_of_five_bands_of_16_bits_keep_every_value()
    {
        const int Width = 37, Height = 29, Side = 16;
        ushort Value(int x, int y, int band) => (ushort)(1000 * band + 31 * y + 997 * x);
        byte[] values = [.. from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) from c in Enumerable.Range(0, 5) from b in BitConverter.GetBytes(Value(x, y, c)) select b];
        temp.Write("in/scene.tif", ImageEncoder.Tiff(new DecodedImage(values, Width, Height, 5, PixelType.UInt16)));

        Pack(new PackOptions { TileSide = Side, TileOverlap = 4 }).ShouldNotBeNull();

        var tiles = ImageDatasets.Open(temp.At("out"), DatasetPart.Pretraining);
        (tiles.Count, tiles.Channels).ShouldBe((3 * 3, 5));
        for (int i = 0; i < tiles.Count; i++)
        {
            var (tile, place) = (tiles.Read(i), tiles.Tile(i)!);
            (tile.Width, tile.Height, tile.Channels, tile.Type, place.Source).ShouldBe((Side, Side, 5, PixelType.UInt16, "scene.tif"));
            tile.Values<ushort>().ToArray().ShouldBe([.. from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) from c in Enumerable.Range(0, 5) select Value(place.X + x, place.Y + y, c)]);
        }
    }

    [Fact]
    public void Tiles_of_one_colour_are_left_out_and_counted()
    {
        Write("half.png", 64, 32, color: (x, y) => x < 32 ? SKColors.White : Color(x, y));
        Pack(new PackOptions { TileSide = 16, SkipEmptyTiles = true })!.ShouldEndWith("; 4 tiles of one colour were left out");
        var tiles = ImageDatasets.Open(temp.At("out"), DatasetPart.Pretraining);
        Enumerable.Range(0, tiles.Count).Select(i => (tiles.Tile(i)!.X, tiles.Tile(i)!.Y)).ShouldBe([(32, 0), (48, 0), (32, 16), (48, 16)]);

        File.Delete(temp.At("in/half.png"));
        Write("white.png", 32, 32, color: (_, _) => SKColors.White);
        Should.Throw<InvalidDataException>(() => Pack(new PackOptions { TileSide = 16, SkipEmptyTiles = true }, "none")).Message
            .ShouldBe("in: nothing is left to pack. All 4 tiles were left out.");
    }

    [Fact]
    public void What_was_left_out_before_a_resume_is_said_apart()
    {
        Write("half.png", 64, 32, color: (x, y) => x < 32 ? SKColors.White : Color(x, y));
        var options = new PackOptions { TileSide = 16, SkipEmptyTiles = true, ShardImages = 1 };
        using (var stop = new CancellationTokenSource())
        {
            var source = Source("in");
            new PackRun(source, "in", temp.At("out"), options, new Stopping(stop, 5)).Execute(resume: true, stop.Token).ShouldBeNull();
        }
        Pack(options)!.ShouldEndWith("; 2 tiles of one colour were left out; 2 tiles of one colour or damaged were left out before --resume");
    }

    [Fact]
    public void A_packing_of_tiles_continues_to_the_same_bytes()
    {
        Write("a/1.png", 100, 90);
        Write("a/2.jpg", 70, 100, SKEncodedImageFormat.Jpeg);
        Write("b/3.png", 100, 100);
        var options = new PackOptions { TileSide = 16, TileOverlap = 4, ShardImages = 10 };
        Pack(options, "whole");
        using (var stop = new CancellationTokenSource())
        {
            var stopping = new Stopping(stop, 75);
            new PackRun(Source("in"), "in", temp.At("parts"), options, stopping).Execute(resume: true, stop.Token).ShouldBeNull();
        }
        Directory.Exists(temp.At("parts")).ShouldBeFalse();
        Pack(options, "parts");
        foreach (string file in Directory.GetFiles(temp.At("whole"))) File.ReadAllBytes(temp.At("parts", Path.GetFileName(file))).ShouldBe(File.ReadAllBytes(file), file);
        var tiles = ImageDatasets.Open(temp.At("parts"), DatasetPart.Train);
        (tiles.Classes[tiles.Label(0)], tiles.Classes[tiles.Label(tiles.Count - 1)]).ShouldBe(("a", "b"));
        Should.Throw<ConfigurationException>(() => Pack(options with { TileOverlap = 0 }, "parts"));
    }

    [Fact]
    public void A_damaged_picture_is_named_and_left_out_and_records_are_no_pictures()
    {
        Write("1.png", 32, 32);
        temp.Write("in/2.png", [1, 2, 3]);
        Pack(new PackOptions { TileSide = 16 });
        ImageDatasets.Open(temp.At("out"), DatasetPart.Train).Count.ShouldBe(4);
        messages.Lines.ShouldContain(line => line.Contains(temp.Named("in/2.png"), StringComparison.Ordinal));
        var shards = Source("out");
        Should.Throw<ConfigurationException>(() => new PackRun(shards, "out", temp.At("again"), new PackOptions { TileSide = 16 }, messages).Execute(resume: false, CancellationToken.None))
            .Message.ShouldStartWith("--tile cuts image files, but out has records (");
        Should.Throw<ArgumentOutOfRangeException>(() => new PackOptions { TileSide = 16, TileOverlap = 9 }.Validate());
    }

    [Fact]
    public async Task A_table_of_embeddings_has_the_places_of_tiles_and_of_other_images_none()
    {
        Write("map.png", 32, 16);
        Pack(new PackOptions { TileSide = 16 });
        temp.Write("photos/x.png", TinyImages.Encode(8, 8, SKEncodedImageFormat.Png, Color));
        string Table(Action<Stream, NpyReader, ImageList, Action<int>> write, params string[] data)
        {
            var images = Source(data).List(ImagePart.All);
            NpyWriter.Create(temp.At("h.npy"), images.Count, 2, false).Dispose();
            using (var writer = NpyWriter.Resume(temp.At("h.npy"), 0)) writer.Append([.. Enumerable.Repeat(1f, 2 * images.Count)]);
            using var rows = new NpyReader(temp.At("h.npy"));
            using var stream = new MemoryStream();
            write(stream, rows, images, _ => { });
            File.WriteAllBytes(temp.At("table"), stream.ToArray());
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
        string[] lines = Table(EmbeddingTables.WriteIndex, "photos", "out").Split('\n');
        lines[0].ShouldBe("row,file,label,class,damaged,source,x,y");
        lines[1].ShouldBe("0,photos/x.png,,,false,,,");
        lines[3].ShouldEndWith(",map.png,16,0");
        Table(EmbeddingTables.WriteIndex, "photos").ShouldStartWith("row,file,label,class,damaged\n");

        lines = Table(EmbeddingTables.WriteCsv, "photos", "out").Split('\n');
        lines[0].ShouldBe("file,label,class,damaged,source,x,y,f0,f1");
        lines[1].ShouldBe("photos/x.png,,,false,,,,1,1");
        lines[3].ShouldEndWith(",map.png,16,0,1,1");
        Table(EmbeddingTables.WriteCsv, "photos").ShouldStartWith("file,label,class,damaged,f0,f1\n");

        Table(EmbeddingTables.WriteParquet, "photos", "out");
        await using (var reader = await ParquetReader.CreateAsync(temp.At("table")))
        {
            reader.Schema.Fields.Select(field => field.Name).ShouldBe(["file", "label", "class", "damaged", "source", "x", "y", "embedding"]);
            using var group = reader.OpenRowGroupReader(0);
            var fields = reader.Schema.GetDataFields();
            var (sources, xs, ys) = (new string?[3], new int?[3], new int?[3]);
            await group.ReadAsync(fields[4], sources.AsMemory());
            await group.ReadAsync<int>(fields[5], xs.AsMemory());
            await group.ReadAsync<int>(fields[6], ys.AsMemory());
            sources.ShouldBe([null, "map.png", "map.png"]);
            xs.ShouldBe([null, 0, 16]);
            ys.ShouldBe([null, 0, 0]);
        }
        Table(EmbeddingTables.WriteParquet, "photos");
        await using (var reader = await ParquetReader.CreateAsync(temp.At("table")))
            reader.Schema.Fields.Select(field => field.Name).ShouldBe(["file", "label", "class", "damaged", "embedding"]);
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
