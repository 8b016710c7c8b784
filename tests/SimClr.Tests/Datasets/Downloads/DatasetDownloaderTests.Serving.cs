using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.Security.Cryptography;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class DatasetDownloaderTests
{
    [Fact]
    public async Task Two_concurrent_downloads_take_turns_and_download_once()
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
    public async Task A_mirror_replaces_the_publishers_address(string path)
    {
        var set = Set("set", [("set.tar.gz", archive)], new Uri("http://127.0.0.1:1/publisher/"));
        await new DatasetDownloader(http).DownloadAsync(set, temp.Root, new Uri(server.Address, "/" + path), cancellationToken: TestContext.Current.CancellationToken);
        ShouldBeWhole();
        set.Files[0].At(new Uri("http://h/a?key=1")).ShouldBe(new Uri("http://h/a/set.tar.gz?key=1"));
    }

    [Fact]
    public void The_known_data_sets_are_found_by_name()
    {
        DownloadableDataset.All.Select(d => d.Name).ShouldBe(["cifar10", "cifar100", "stl10", "fashion-mnist"]);
        DownloadableDataset.Find("stl10")!.Files[0].Name.ShouldBe("stl10_binary.tar.gz");
        DownloadableDataset.Find("imagenet").ShouldBeNull();
        DownloadableDataset.All.SelectMany(d => d.Files).ShouldAllBe(f => f.Md5.Length == 32 && f.Md5.All(char.IsAsciiHexDigitLower));
    }

    private Task<string> Download(byte[]? expected = null, IProgress<DownloadProgress>? progress = null, TimeSpan? stallLimit = null, CancellationToken? cancellationToken = null) =>
        new DatasetDownloader(http) { RetryDelay = Soon, StallLimit = stallLimit ?? TimeSpan.FromSeconds(30) }
            .DownloadAsync(Set("set", [("set.tar.gz", expected ?? archive)], server.Address), temp.Root, null, progress, cancellationToken ?? TestContext.Current.CancellationToken);

    private static DownloadableDataset Set(string folder, (string Name, byte[] Content)[] files, Uri at) =>
        new(folder, folder, [.. files.Select(file => new DownloadableFile(new Uri(at, file.Name), Md5(file.Content)))]);

    private void ShouldBeWhole()
    {
        Left().ShouldBe(["set", "set.lock", .. Enumerable.Range(1, 5).Select(i => $"set/data_batch_{i}.bin")]);
        for (int i = 1; i <= 5; i++) System.IO.File.ReadAllBytes(temp.At("set", $"data_batch_{i}.bin")).ShouldBe(payload);
    }

    private List<string> Left() =>
        [.. Directory.EnumerateFileSystemEntries(temp.Root, "*", SearchOption.AllDirectories).Select(path => TestFolder.Relative(temp.Root, path)).Order(StringComparer.Ordinal)];

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

    /// <summary>Reports synchronously, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Reports(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
