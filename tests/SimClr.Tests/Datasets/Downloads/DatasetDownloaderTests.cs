using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.Net;
using System.Security.Cryptography;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class DatasetDownloaderTests : IDisposable
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
    public async Task An_archive_becomes_a_folder_and_nothing_else_stays()
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
    public async Task What_is_there_already_needs_no_network()
    {
        await Download();
        server.Dispose();
        (await Download()).ShouldBe(temp.At("set"));
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_goes_on_where_it_was()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 1000));
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 5000));
        await Download();
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=1000-", "bytes=6000-"]);
    }

    [Fact]
    public async Task A_server_that_falls_silent_or_stumbles_is_asked_again()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Hold, 700));
        server.Faults.Enqueue((LoopbackServer.Kind.Status, 503));
        await Download(stallLimit: TimeSpan.FromMilliseconds(300));
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=700-", "bytes=700-"]);
    }

    [Fact]
    public async Task Cancelling_leaves_only_the_part_and_the_next_call_goes_on_with_it()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Hold, 2000));
        using var cancel = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => Download(
            progress: new Reports(p => { if (p.Received == 2000) cancel.Cancel(); }), cancellation: cancel.Token));

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
    public async Task A_part_that_is_whole_is_kept_and_one_that_is_too_long_is_begun_again(int tooMany)
    {
        temp.Write("set.part/set.tar.gz.part", [.. archive, .. new byte[tooMany]]);
        await Download();
        ShouldBeWhole();
        server.Requests.Count.ShouldBe(tooMany == 0 ? 1 : 2);
    }

    [Fact]
    public async Task A_range_that_was_not_asked_for_is_not_appended()
    {
        server.Faults.Enqueue((LoopbackServer.Kind.Cut, 1000));
        server.Faults.Enqueue((LoopbackServer.Kind.Early, 10));
        await Download();
        ShouldBeWhole();
        server.Requests.Select(r => r.Range).ShouldBe([null, "bytes=1000-", null]);
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused_with_both_and_nothing_stays()
    {
        byte[] other = [.. archive];
        other[^1] ^= 1;
        server.Files["set.tar.gz"] = other;

        var refused = await Should.ThrowAsync<InvalidDataException>(() => Download());

        refused.Message.ShouldSatisfyAllConditions(m => m.ShouldContain(Md5(other)), m => m.ShouldContain(Md5(archive)), m => m.ShouldContain("set.tar.gz"));
        Left().ShouldBe(["set.lock", "set.part"]);

        server.Files["set.tar.gz"] = archive;
        await Download();
        ShouldBeWhole();
    }

    [Fact]
    public async Task A_refusal_names_address_and_status_and_is_not_repeated()
    {
        server.Files.Clear();
        var refused = await Should.ThrowAsync<HttpRequestException>(() => Download());
        refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        refused.Message.ShouldStartWith($"{server.Address}set.tar.gz: the server answers 404 (Not Found)");
        server.Requests.Count.ShouldBe(1);
        Directory.Exists(temp.At("set")).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_server_the_address_is_named()
    {
        var address = server.Address;
        server.Dispose();
        (await Should.ThrowAsync<HttpRequestException>(() => Download())).Message.ShouldStartWith($"{address}set.tar.gz: no byte came in 5 attempts (");
    }

    [Fact]
    public async Task A_server_in_lasting_trouble_is_given_up_with_its_status()
    {
        for (int i = 0; i < 9; i++) server.Faults.Enqueue((LoopbackServer.Kind.Status, 500));
        (await Should.ThrowAsync<HttpRequestException>(() => Download())).Message.ShouldContain("the server answers 500");
        server.Requests.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Two_at_once_take_turns_and_download_once()
    {
        var both = await Task.WhenAll(Download(), Download(), Download());
        both.Distinct().ShouldBe([temp.At("set")]);
        ShouldBeWhole();
        server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mirror")]
    [InlineData("deep/mirror/")]
    public async Task A_mirror_takes_the_place_of_the_publishers_address(string path)
    {
        var set = Set("set", [("set.tar.gz", archive)], new Uri("http://127.0.0.1:1/publisher/"));
        await new DatasetDownloader(http).DownloadAsync(set, temp.Root, new Uri(server.Address, "/" + path), cancellationToken: TestContext.Current.CancellationToken);
        ShouldBeWhole();
        set.Files[0].At(new Uri("http://h/a?key=1")).ShouldBe(new Uri("http://h/a/set.tar.gz?key=1"));
    }

    [Theory]
    [InlineData("file:///srv/mirror")]
    [InlineData("mirror/relative")]
    public async Task A_mirror_that_is_no_web_address_is_refused(string mirror) =>
        (await Should.ThrowAsync<ArgumentException>(() => new DatasetDownloader(http).DownloadAsync(
            DownloadableDataset.All[0], temp.Root, new Uri(mirror, UriKind.RelativeOrAbsolute), cancellationToken: TestContext.Current.CancellationToken)))
            .Message.ShouldContain(mirror);

    [Fact]
    public async Task Plain_files_come_together_with_their_class_names()
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

    [Theory]
    [InlineData("../outside.txt", TarEntryType.RegularFile, "outside of the folder")]
    [InlineData("/tmp/simclr-outside.txt", TarEntryType.RegularFile, "outside of the folder")]
    [InlineData("set/link", TarEntryType.SymbolicLink, "is a SymbolicLink")]
    [InlineData("set/link", TarEntryType.HardLink, "is a HardLink")]
    public async Task An_archive_with_links_or_paths_outside_of_its_folder_is_refused(string name, TarEntryType type, string message)
    {
        var entry = new PaxTarEntry(type, name);
        if (type != TarEntryType.RegularFile) entry.LinkName = "/etc/passwd";
        byte[] evil = Archive(File("set/a.txt", [1]), entry);
        server.Files["set.tar.gz"] = evil;

        (await Should.ThrowAsync<InvalidDataException>(() => Download(evil))).Message.ShouldContain(message);
        Left().ShouldBe(["set.lock"]);
        System.IO.File.Exists("/tmp/simclr-outside.txt").ShouldBeFalse();
    }

    [Fact]
    public async Task An_archive_that_is_none_or_lacks_the_folder_is_refused()
    {
        foreach (byte[] wrong in new[] { payload, IdxDatasetTests.Gzip(payload), Archive(File("other/a.txt", [1])), Archive() })
        {
            server.Files["set.tar.gz"] = wrong;
            (await Should.ThrowAsync<InvalidDataException>(() => Download(wrong))).Message.ShouldContain("set.tar.gz");
            Left().ShouldBe(["set.lock"]);
        }
    }

    [Fact]
    public void The_known_data_sets_are_found_by_name()
    {
        DownloadableDataset.All.Select(d => d.Name).ShouldBe(["cifar10", "cifar100", "stl10", "fashion-mnist"]);
        DownloadableDataset.Find("stl10")!.Files[0].Name.ShouldBe("stl10_binary.tar.gz");
        DownloadableDataset.Find("imagenet").ShouldBeNull();
        DownloadableDataset.All.SelectMany(d => d.Files).ShouldAllBe(f => f.Md5.Length == 32 && f.Md5.All(char.IsAsciiHexDigitLower));
    }

    private Task<string> Download(byte[]? expected = null, IProgress<DownloadProgress>? progress = null, TimeSpan? stallLimit = null, CancellationToken? cancellation = null) =>
        new DatasetDownloader(http) { RetryDelay = Soon, StallLimit = stallLimit ?? TimeSpan.FromSeconds(30) }
            .DownloadAsync(Set("set", [("set.tar.gz", expected ?? archive)], server.Address), temp.Root, null, progress, cancellation ?? TestContext.Current.CancellationToken);

    private static DownloadableDataset Set(string folder, (string Name, byte[] Content)[] files, Uri at) =>
        new(folder, folder, [.. files.Select(file => new DownloadableFile(new Uri(at, file.Name), Md5(file.Content)))]);

    private void ShouldBeWhole()
    {
        Left().ShouldBe(["set", "set.lock", .. Enumerable.Range(1, 5).Select(i => $"set/data_batch_{i}.bin")]);
        for (int i = 1; i <= 5; i++) System.IO.File.ReadAllBytes(temp.At("set", $"data_batch_{i}.bin")).ShouldBe(payload);
    }

    private List<string> Left() =>
        [.. Directory.EnumerateFileSystemEntries(temp.Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(temp.Root, path)).Order(StringComparer.Ordinal)];

    private static PaxTarEntry File(string name, byte[] content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    private static byte[] Archive(params TarEntry[] entries)
    {
        using var plain = new MemoryStream();
        using (var writer = new TarWriter(plain, leaveOpen: true))
        {
            foreach (var entry in entries) writer.WriteEntry(entry);
        }

        return IdxDatasetTests.Gzip(plain.ToArray());
    }

    [SuppressMessage("Security", "CA5351", Justification = "MD5 is what the publishers state.")]
    private static string Md5(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));

    /// <summary>Reports at once, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Reports(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
