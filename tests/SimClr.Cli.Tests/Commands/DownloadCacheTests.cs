using SimClr.Cli.Commands;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

public sealed class DownloadCacheTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_cache_is_where_the_variable_says_or_below_the_home_folder()
    {
        DownloadCache.Folder(folder.Path, "/").ShouldBe(folder.In("simclr"));
        DownloadCache.Folder("", folder.Path).ShouldBe(folder.In(".cache", "simclr"));
        DownloadCache.Folder(null, folder.Path).ShouldBe(folder.In(".cache", "simclr"));
    }

    [Theory]
    [InlineData(null, null, "there is no home folder")]
    [InlineData(null, "", "there is no home folder")]
    [InlineData("", "/", "the home folder is /")]
    [InlineData(null, "//", "the home folder is /")]
    [InlineData(null, "somewhere", "is not an absolute path")]
    [InlineData(null, "/nonexistent", "/nonexistent does not exist")]
    [InlineData("cache", "/root", "XDG_CACHE_HOME is cache. It must be an absolute path")]
    public void Without_a_place_the_variable_is_named_and_nothing_is_written_here(string? cache, string? home, string sentence)
    {
        Needs.Linux("paths that begin with /");
        string message = Should.Throw<IOException>(() => DownloadCache.Folder(cache, home)).Message;
        message.ShouldContain(sentence);
        message.ShouldContain("XDG_CACHE_HOME");
    }

    [Fact]
    public void A_cache_that_is_not_writable_is_reported_with_the_variable()
    {
        if (OperatingSystem.IsLinux()) Should.Throw<IOException>(() => DownloadCache.RequireWritable("/proc/simclr")).Message.ShouldMatch("^Cannot write /proc/simclr, the folder of downloaded data sets: .* Set XDG_CACHE_HOME");
        DownloadCache.RequireWritable(folder.In("a", "b"));
        Directory.GetFileSystemEntries(folder.In("a", "b")).ShouldBeEmpty();
    }

    [Fact]
    public void A_download_without_a_home_folder_is_refused_before_it_starts()
    {
        Needs.Linux("HOME");
        var (exitCode, output, error) = Simclr.Run("views --data cifar10 --mirror http://127.0.0.1:1/ --out x.png", ("HOME", "/"), ("XDG_CACHE_HOME", ""));
        (exitCode, output).ShouldBe((1, ""));
        error.ShouldBe("simclr: There is no folder for downloaded data sets: the home folder is /. Set XDG_CACHE_HOME to a folder for them.\n");
    }
}
