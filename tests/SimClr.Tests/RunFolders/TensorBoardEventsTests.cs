using SimClr.RunFolders;
using SkiaSharp;

namespace SimClr.Tests.RunFolders;

public sealed class TensorBoardEventsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private List<byte[]> Written(Action<TensorBoardEvents> write, long firstStep = 1)
    {
        string path = Path.Combine(folder.Root, $"events.out.tfevents.{Guid.NewGuid():N}");
        using (var events = new TensorBoardEvents(path, firstStep, 1.5e9)) write(events);
        return EventReader.Records(File.ReadAllBytes(path));
    }

    // RFC 3720, B.4, and the check value of the CRC catalogue.
    [Fact]
    public void The_readers_checksum_is_the_published_one()
    {
        EventReader.Crc("123456789"u8).ShouldBe(0xE3069283);
        EventReader.Crc(new byte[32]).ShouldBe(0x8A9136AA);
        EventReader.Crc([.. Enumerable.Repeat((byte)0xFF, 32)]).ShouldBe(0x62A8AB43u);
    }

    [Fact]
    public void A_file_begins_with_its_version_and_the_first_step_that_it_replaces()
    {
        var records = Written(_ => { }, firstStep: 351);
        records.Count.ShouldBe(2);
        EventReader.Text(records[0], 3).ShouldBe("brain.Event:2");
        EventReader.Field<double>(records[0], 1).ShouldBe(1.5e9);
        EventReader.Field<ulong>(records[1], 2).ShouldBe(351ul);
        EventReader.Field<ulong>(EventReader.Field<byte[]>(records[1], 7), 1).ShouldBe(1ul); // SessionLog.START
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(5_000_000_000)]
    [InlineData(long.MaxValue)]
    public void Scalars_come_back_bit_for_bit_at_any_step(long step)
    {
        (string Tag, float Value)[] values = [("train/loss", 5.123456f), ("lr", 1e-30f), ("wide ü", float.NaN), ("low", float.NegativeInfinity), ("zero", 0)];
        var records = Written(events => events.Scalars(step, 1700000000.25, values));
        records.Count.ShouldBe(3);
        EventReader.Field<double>(records[2], 1).ShouldBe(1700000000.25);
        EventReader.Field<ulong>(records[2], 2).ShouldBe((ulong)step);
        EventReader.Fields(EventReader.Field<byte[]>(records[2], 5)).ConvertAll(v => (EventReader.Text((byte[])v.Value, 1), EventReader.Field<float>((byte[])v.Value, 2))).ShouldBe(values);
    }

    [Fact]
    public void A_picture_comes_back_with_its_size()
    {
        using var bitmap = new SKBitmap(300, 7);
        bitmap.Erase(new SKColor(10, 200, 30));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var records = Written(events => events.Image(0, 1.5e9, "views", png.ToArray()));
        byte[] value = EventReader.Field<byte[]>(EventReader.Field<byte[]>(records[2], 5), 1), image = EventReader.Field<byte[]>(value, 4);
        EventReader.Text(value, 1).ShouldBe("views");
        EventReader.Field<ulong>(image, 1).ShouldBe(7ul);
        EventReader.Field<ulong>(image, 2).ShouldBe(300ul);
        EventReader.Field<ulong>(image, 3).ShouldBe(4ul); // Skia writes RGBA if a bitmap may be transparent
        using var decoded = SKBitmap.Decode(EventReader.Field<byte[]>(image, 4));
        (decoded.Width, decoded.Height, decoded.GetPixel(299, 6)).ShouldBe((300, 7, new SKColor(10, 200, 30)));
    }

    [Fact]
    public void Every_event_is_readable_while_the_file_is_open()
    {
        string path = Path.Combine(folder.Root, "tfevents");
        using var events = new TensorBoardEvents(path, 1, 0);
        for (int step = 1; step <= 20; step++)
        {
            events.Scalars(step, step, ("loss", step));
            EventReader.Records(TestFolder.ReadBesideWriter(path)).Count.ShouldBe(2 + step);
        }
    }

    [Fact]
    public void Events_that_TensorBoard_would_not_show_are_refused()
    {
        Should.Throw<ArgumentException>(() => new TensorBoardEvents(Path.Combine(folder.Root, "run.log"), 1, 0)).Message.ShouldContain("run.log");
        Should.Throw<ArgumentException>(() => Written(events => events.Image(0, 0, "x", "GIF89a-------------------------------------"u8.ToArray()))).Message.ShouldContain("not a PNG file");
        File.WriteAllText(Path.Combine(folder.Root, "tfevents"), "there");
        Should.Throw<IOException>(() => new TensorBoardEvents(Path.Combine(folder.Root, "tfevents"), 1, 0));
        File.ReadAllText(Path.Combine(folder.Root, "tfevents")).ShouldBe("there");
    }
}
