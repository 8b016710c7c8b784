using SimClr.Datasets;
using SimClr.Loading;
using SimClr.Views;
using SkiaSharp;

namespace SimClr.Tests.Datasets;

public sealed class RetryingDatasetTests
{
    [Fact]
    public void Waits_for_an_unavailable_image_grow_and_are_reported_once()
    {
        var time = new QuickTime();
        var told = new List<string>();
        int fails = 4;
        var source = new CountedImages(new SyntheticImages(8)) { Fails = _ => fails-- > 0 };
        var data = RetryingDataset.Of(source, told: new Told(told), time: time);

        data.Read(5).Pixels.ToArray().ShouldBe(new SyntheticImages(8).Read(5).Pixels.ToArray());

        time.Waits.ShouldBe([0.05, 0.1, 0.2, 0.4]);
        told.ShouldBe([
            "The images of synthetic cannot be read; waiting for them, 60 s at most: synthetic image 5: input/output error",
            "The images of synthetic can be read again, after 0.8 s."]);
        data.Read(6); // all is well
        told.Count.ShouldBe(2);
    }

    [Fact]
    public void An_image_unavailable_for_a_minute_is_a_disk_error_not_damage()
    {
        var time = new QuickTime();
        var data = RetryingDataset.Of(new CountedImages(new SyntheticImages(8)) { Fails = _ => true }, time: time);
        Should.Throw<IOException>(() => data.Read(5)).Message.ShouldMatch("^The images of synthetic could not be read for 6[0-5] s: synthetic image 5: input/output error$");
        time.Waits.Max().ShouldBe(5);
        int waits = time.Waits.Count;
        Should.Throw<IOException>(() => data.Read(6)); // the same outage: one more attempt and no further waiting
        time.Waits.Count.ShouldBe(waits);

        var loader = new ViewLoader(data, new ViewPolicy(), new() { ImageSize = 8 }, 4, 3, threads: 2);
        Should.Throw<IOException>(() => loader.Epoch(0).First());
        loader.BadImages.ShouldBeEmpty();
    }

    [Fact]
    public void A_damaged_image_is_read_once()
    {
        var time = new QuickTime();
        var source = new CountedImages(new SyntheticImages(8, 4, 5));
        Should.Throw<InvalidDataException>(() => RetryingDataset.Of(source, time: time).Read(5));
        (source.Reads, time.Waits.Count).ShouldBe((1, 0));
    }

    [Fact]
    public void A_single_missing_file_is_left_out_and_a_missing_folder_is_waited_for()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 4; i++) temp.Write($"photos/{i}.png", TinyImages.Encode(8, 8, SKEncodedImageFormat.Png, (_, _) => new SKColor((byte)i, 9, 9)));
        string photos = temp.At("photos"), elsewhere = temp.At("elsewhere");
        var back = new Told([], _ =>
        {
            if (Directory.Exists(elsewhere)) Directory.Move(elsewhere, photos);
        });
        var data = RetryingDataset.Of(ImageFolderDataset.Open(photos, DatasetPart.Pretraining), told: back, time: new QuickTime());

        Directory.Move(photos, elsewhere); // until that is reported
        data.Read(2).Pixels.Span[0].ShouldBe((byte)2);
        ((IEncodedImages)data).ReadEncoded(1).ShouldBe(File.ReadAllBytes(temp.At("photos", "1.png")));
        Span<byte> head = stackalloc byte[8];
        Directory.Move(photos, elsewhere);
        (((IEncodedImages)data).ReadHead(1, head), Convert.ToHexString(head)).ShouldBe((8, "89504E470D0A1A0A")); // PNG 5.2

        File.Delete(temp.At("photos", "2.png"));
        Should.Throw<InvalidDataException>(() => data.Read(2)).Message.ShouldBe($"{temp.Named("photos", "2.png")}: the file is missing, although its folder is there.");
        back.Count.ShouldBe(4); // unavailable and available again, twice

        Directory.Delete(photos, recursive: true);
        Directory.CreateDirectory(photos); // an empty mount point
        Should.Throw<IOException>(() => data.Read(1)).Message.ShouldContain("could not be read for 6");
    }

    [Fact]
    public void Waiting_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var data = RetryingDataset.Of(new CountedImages(new SyntheticImages(8)) { Fails = _ => true }, told: new Told([], _ => stop.Cancel()), cancellationToken: stop.Token);
        Should.Throw<OperationCanceledException>(() => data.Read(0));
    }

    [Fact]
    public void Everything_else_comes_from_the_wrapped_data_set()
    {
        var source = new SyntheticImages(8);
        var data = RetryingDataset.Of(source, patience: TimeSpan.Zero);
        (data.Name, data.Count, data.Channels, data.Label(3), data.Describe(2), data.Place(2)).ShouldBe(("synthetic", 8, 3, 3, "synthetic image 2", "synthetic image 2"));
        (data is IEncodedImages).ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => RetryingDataset.Of(source, patience: TimeSpan.FromSeconds(-1)));
    }

    private sealed class Told(List<string> lines, Action<string>? then = null) : IProgress<string>
    {
        public int Count => lines.Count;

        public void Report(string value)
        {
            lines.Add(value);
            then?.Invoke(value);
        }
    }

    // A clock that jumps ahead to the end of every wait.
    private sealed class QuickTime : TimeProvider
    {
        private long now = 1;

        public List<double> Waits { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (Waits) Waits.Add(dueTime.TotalSeconds);
            Interlocked.Add(ref now, dueTime.Ticks);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
