using System.Formats.Tar;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class DatasetDownloaderTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);
    private readonly LoopbackServer server = new();
    private readonly TempFolder temp = new();
    private readonly HttpClient http = new();
    private readonly byte[] payload = new byte[3073 * 20];
    private readonly byte[] archive;

    public DatasetDownloaderTests()
    {
        new Random(5).NextBytes(payload);
        for (int i = 0; i < payload.Length; i += 3073) payload[i] = 3;
        archive = Archive([.. Enumerable.Range(1, 5).Select(i => (TarEntry)File($"set/data_batch_{i}.bin", payload))]);
        server.Files["set.tar.gz"] = archive;
    }

    public void Dispose()
    {
        http.Dispose();
        server.Dispose();
        temp.Dispose();
    }

    [Fact]
    public async Task An_archive_becomes_a_folder_and_nothing_else_is_left()
    {
        var seen = new List<DownloadProgress>();

        var folder = await Download(progress: new Reports(seen.Add));

        folder.ShouldBe(temp.At("set"));
        ShouldBeWhole();
        ImageDatasets.Open(folder, DatasetPart.Train).Count.ShouldBe(100);
        seen.Select(p => p.Stage).Distinct().ShouldBe([DownloadStage.Downloading, DownloadStage.Verifying, DownloadStage.Unpacking]);
        seen[^1].ShouldBe(new DownloadProgress(DownloadStage.Unpacking, "set.tar.gz", archive.Length, archive.Length));
        seen.Select(p => p.Received).ShouldBe(seen.Select(p => p.Received).Order());
    }

    [Fact]
    public async Task An_existing_data_set_needs_no_network()
    {
        await Download();
        server.Dispose();
        (await Download()).ShouldBe(temp.At("set"));
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_broken_transfer_continues_where_it_stopped()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 1000));
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 5000));
        await Download();
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=1000-", "bytes=6000-"]);
    }

    [Fact]
    public async Task A_silent_or_failing_server_is_asked_again()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Hold, 700));
        server.Faults.Enqueue((LoopbackServer.Kind.Status, 503));
        await Download(stallLimit: TimeSpan.FromMilliseconds(300));
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=700-", "bytes=700-"]);
    }

    [Fact]
    public async Task Cancelling_keeps_the_partial_file_and_the_next_call_continues_it()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Hold, 2000));
        using var cancel = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => Download(
            progress: new Reports(p => { if (p.Received == 2000) cancel.Cancel(); }), cancellationToken: cancel.Token));

        Left().ShouldBe(["set.lock", "set.part", "set.part/set.tar.gz.part"]);
        new FileInfo(temp.At("set.part", "set.tar.gz.part")).Length.ShouldBe(2000);

        await Download();
        ShouldBeWhole();
        server.Requests.Last().Range.ShouldBe("bytes=2000-");
    }

    [Fact]
    public async Task A_server_without_ranges_sends_everything_again()
    {
        server.KnowsRanges = false;
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 1000));
        await Download();
        ShouldBeWhole();
        server.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_complete_partial_file_is_used_and_a_too_long_one_is_restarted(int tooMany)
    {
        temp.Write("set.part/set.tar.gz.part", [.. archive, .. new byte[tooMany]]);
        await Download();
        ShouldBeWhole();
        server.Requests.Count.ShouldBe(tooMany == 0 ? 1 : 2);
    }

    [Fact]
    public async Task A_range_that_was_not_requested_is_not_appended()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 1000));
        server.Faults.Enqueue((LoopbackServer.Kind.Early, 10));
        await Download();
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=1000-", null]);
    }

    [Fact]
    public async Task Plain_files_are_stored_with_their_class_names()
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7];
        byte[] labels = [0, 0, 8, 1, 0, 0, 0, 1, 1];
        (string, byte[])[] files = [("train-images-idx3-ubyte.gz", IdxDatasetTests.Gzip(images)), ("train-labels-idx1-ubyte.gz", IdxDatasetTests.Gzip(labels))];
        foreach (var (name, content) in files) server.Files[name] = content;

        var folder = await new DatasetDownloader(http).DownloadAsync(
            Set("plain", files, server.Address) with { ClassNames = ["shirt", "shoe"] }, temp.Root, cancellationToken: TestContext.Current.CancellationToken);

        var train = ImageDatasets.Open(folder, DatasetPart.Train);
        (train.Count, train.Classes[train.Label(0)]).ShouldBe((1, "shoe"));
        Left().ShouldBe(["plain", "plain.lock", "plain/class_names.txt", "plain/train-images-idx3-ubyte.gz", "plain/train-labels-idx1-ubyte.gz"]);
    }
}
