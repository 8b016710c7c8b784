using System.Formats.Tar;
using System.Net;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed partial class DatasetDownloaderTests
{
    [Fact]
    public async Task A_wrong_checksum_is_reported_beside_the_right_one_and_nothing_is_left()
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
    public async Task A_refusal_is_reported_with_address_and_status_and_not_retried()
    {
        server.Files.Clear();
        var refused = await Should.ThrowAsync<HttpRequestException>(() => Download());
        refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        refused.Message.ShouldStartWith($"{server.Address}set.tar.gz: the server answers 404 (Not Found)");
        server.Requests.Count.ShouldBe(1);
        Directory.Exists(temp.At("set")).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_server_the_error_names_the_address()
    {
        var address = server.Address;
        server.Dispose();
        (await Should.ThrowAsync<HttpRequestException>(() => Download())).Message.ShouldStartWith($"{address}set.tar.gz: no byte arrived in 5 attempts (");
    }

    [Fact]
    public async Task A_server_that_keeps_failing_is_given_up_with_its_status()
    {
        for (int i = 0; i < 9; i++) server.Faults.Enqueue((LoopbackServer.Kind.Status, 500));
        (await Should.ThrowAsync<HttpRequestException>(() => Download())).Message.ShouldContain("the server answers 500");
        server.Requests.Count.ShouldBe(5);
    }

    [Theory]
    [InlineData("file:///srv/mirror")]
    [InlineData("mirror/relative")]
    public async Task A_mirror_that_is_not_a_web_address_is_refused(string mirror) =>
        (await Should.ThrowAsync<ArgumentException>(() => new DatasetDownloader(http).DownloadAsync(
            DownloadableDataset.All[0], temp.Root, new Uri(mirror, UriKind.RelativeOrAbsolute), cancellationToken: TestContext.Current.CancellationToken)))
            .Message.ShouldContain(mirror);

    [Theory]
    [InlineData("../outside.txt", TarEntryType.RegularFile, "outside the folder")]
    [InlineData("/tmp/simclr-outside.txt", TarEntryType.RegularFile, "outside the folder")]
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
    public async Task A_file_that_is_no_archive_or_lacks_the_folder_is_refused()
    {
        foreach (byte[] wrong in new[] { payload, IdxDatasetTests.Gzip(payload), Archive(File("other/a.txt", [1])), Archive() })
        {
            server.Files["set.tar.gz"] = wrong;
            (await Should.ThrowAsync<InvalidDataException>(() => Download(wrong))).Message.ShouldContain("set.tar.gz");
            Left().ShouldBe(["set.lock"]);
        }
    }
}
