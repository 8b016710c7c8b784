using SimClr.Pretraining;
using SimClr.RunFolders;
using SkiaSharp;

namespace SimClr.Tests.RunFolders;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TempFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    private static StepMetrics Metrics(long step, double loss) => new(step, 0, loss, 0.1, 0.25, 0.5, 3, 1);

    // Reads a folder as TensorBoard does: files by name; a START event discards the values of its step and later ones.
    private static SortedDictionary<ulong, float> Losses(RunFolder run)
    {
        var losses = new SortedDictionary<ulong, float>();
        foreach (string file in Directory.GetFiles(run.TensorBoardFolder).Order(StringComparer.Ordinal))
        {
            foreach (byte[] record in EventReader.Records(File.ReadAllBytes(file)))
            {
                var fields = EventReader.Fields(record);
                ulong step = fields.Where(f => f.Field == 2).Select(f => (ulong)f.Value).SingleOrDefault();
                if (fields.Any(f => f.Field == 7)) foreach (ulong dropped in losses.Keys.Where(s => s >= step).ToList()) losses.Remove(dropped);
                foreach (var (_, summary) in fields.Where(f => f.Field == 5))
                {
                    foreach (var (_, value) in EventReader.Fields((byte[])summary))
                    {
                        // throws if a step occurs twice
                        if (EventReader.Text((byte[])value, 1) == "train/loss") losses.Add(step, EventReader.Field<float>((byte[])value, 2));
                    }
                }
            }
        }
        return losses;
    }

    [Fact]
    public void A_resumed_run_has_every_step_once_in_metrics_and_in_TensorBoard()
    {
        var run = new RunFolder(temporary.Root);
        using (var log = new MetricsLog(run, 0))
        {
            for (int step = 1; step <= 5; step++) log.Write(Metrics(step, step), 10, 0);
        }
        File.AppendAllText(run.MetricsFile, "{\"step\":6,\"loss\":");
        using (var log = new MetricsLog(run, 3))
        {
            for (int step = 4; step <= 6; step++) log.Write(Metrics(step, 10 + step), 10, 0);
        }
        Losses(run).ShouldBe(new SortedDictionary<ulong, float> { [1] = 1, [2] = 2, [3] = 3, [4] = 14, [5] = 15, [6] = 16 });
        MetricsLog.Read(run).Select(m => (m.Step, m.Loss)).ShouldBe([(1, 1), (2, 2), (3, 3), (4, 14), (5, 15), (6, 16)]);
        MetricsLog.Newest(run).ShouldBe((6, 16, 0.25));
    }

    [Fact]
    public void Steps_beyond_32_bits_are_kept()
    {
        var run = new RunFolder(temporary.Root);
        using (var log = new MetricsLog(run, 5_000_000_000)) log.Write(Metrics(5_000_000_001, 2), 10, 0);
        Losses(run).ShouldBe(new SortedDictionary<ulong, float> { [5_000_000_001] = 2 });
    }

    [Fact]
    public void The_views_are_logged_as_a_picture_at_the_first_step()
    {
        var run = new RunFolder(temporary.Root);
        byte[] picture = TinyImages.Encode(24, 10, SKEncodedImageFormat.Png, (x, y) => new SKColor((byte)x, (byte)y, 200));
        using (var log = new MetricsLog(run, 0)) log.WriteViews(picture);
        byte[] record = EventReader.Records(File.ReadAllBytes(Directory.GetFiles(run.TensorBoardFolder).Single()))[^1];
        byte[] value = EventReader.Field<byte[]>(EventReader.Field<byte[]>(record, 5), 1), image = EventReader.Field<byte[]>(value, 4);
        EventReader.Text(value, 1).ShouldBe("views");
        EventReader.Field<byte[]>(image, 4).ShouldBe(picture);
        (EventReader.Field<ulong>(image, 2), EventReader.Field<ulong>(image, 1)).ShouldBe((24ul, 10ul)); // width, height
    }

    // Much longer than the part that is read from its end.
    [Fact]
    public void The_newest_line_of_a_long_log_is_found()
    {
        var run = new RunFolder(temporary.Root);
        MetricsLog.Newest(run).ShouldBeNull();
        File.WriteAllLines(run.MetricsFile, Enumerable.Range(1, 4000).Select(i => $$"""{"step":{{i}},"loss":1.5,"top1":0.25,"x":"{{new string('ä', 50)}}"}"""));
        MetricsLog.Newest(run).ShouldBe((4000, 1.5, 0.25));
        File.AppendAllText(run.MetricsFile, "4001\n[1]\n\"step\"\n{\"step\":\"x\"}\n{\"step\":4001,\"loss\":[],\"top1\":0}\n{}\n{\"st");
        MetricsLog.Newest(run).ShouldBe((4000, 1.5, 0.25));
    }
}
