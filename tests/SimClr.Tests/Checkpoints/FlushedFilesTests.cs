using System.Runtime.InteropServices;
using SimClr.Checkpoints;

namespace SimClr.Tests.Checkpoints;

/// <summary>Linux reports the pages of a saved file: none is waiting to be written to the disk.</summary>
public sealed partial class FlushedFilesTests : CheckpointTests
{
    [Fact]
    public void Every_file_of_a_checkpoint_is_on_the_disk_when_the_save_returns()
    {
        Needs.Linux("its count of pages that are not on the disk");
        // The control: a file that nobody flushes. A system short of memory may write it at once, so the test tries several times.
        string unflushed = Path.Combine(Directory.CreateDirectory(Folder).FullName, "unflushed");
        Assert.SkipUnless(Enumerable.Range(0, 20).Any(_ => Written(unflushed) > 0), "needs Linux 6.5 (cachestat) and a file system that keeps written pages for a while");

        new CheckpointStore(Folder, 2).Save(Sample(1));

        foreach (string file in Files) DirtyPages(Path.Combine(Folder, "step-000001", file)).ShouldBe(0, file);
    }

    private static long Written(string path)
    {
        File.Delete(path); // ext4 writes a file at once if it is truncated and rewritten
        using (var file = File.Create(path)) file.Write(new byte[100_000]);
        return DirtyPages(path);
    }

    // The number of pages that differ in memory and on the disk, including those being written; -1 if the system does not report it.
    private static unsafe long DirtyPages(string path)
    {
        const long CacheStat = 451; // the number of the system call, the same on every architecture
        using var file = File.OpenHandle(path);
        long* wholeFile = stackalloc long[2], pages = stackalloc long[5]; // cached, dirty, being written back, evicted, recently evicted
        return SystemCall(CacheStat, file.DangerousGetHandle(), wholeFile, pages, 0) == 0 ? pages[1] + pages[2] : -1;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, nint descriptor, long* range, long* pages, long flags);
}
