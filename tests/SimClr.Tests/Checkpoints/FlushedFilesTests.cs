using System.Runtime.InteropServices;
using SimClr.Checkpoints;

namespace SimClr.Tests.Checkpoints;

/// <summary>What Linux itself says of a saved file's pages: none waits to be written to the disk.</summary>
public sealed partial class FlushedFilesTests : CheckpointTests
{
    [Fact]
    public void Every_file_of_a_checkpoint_is_on_the_disk_when_the_save_returns()
    {
        // The control: a file that nobody flushes. A system short of memory may write it at once, hence several tries.
        string unflushed = Path.Combine(Directory.CreateDirectory(Folder).FullName, "unflushed");
        Assert.SkipUnless(Enumerable.Range(0, 20).Any(_ => Written(unflushed) > 0), "needs Linux 6.5 (cachestat) and a file system that keeps written pages for a while");

        new CheckpointStore(Folder, 2).Save(Sample(1));

        foreach (string file in Files) DirtyPages(Path.Combine(Folder, "step-000001", file)).ShouldBe(0, file);
    }

    private static long Written(string path)
    {
        File.Delete(path); // ext4 writes a file that is truncated and written again at once
        using (var file = File.Create(path)) file.Write(new byte[100_000]);
        return DirtyPages(path);
    }

    // Pages that are changed in memory and not on the disk, those on their way there among them; -1 where the system does not tell.
    private static unsafe long DirtyPages(string path)
    {
        const long CacheStat = 451; // its number on every architecture
        using var file = File.OpenHandle(path);
        long* wholeFile = stackalloc long[2], pages = stackalloc long[5]; // cached, dirty, being written back, evicted, recently evicted
        return SystemCall(CacheStat, file.DangerousGetHandle(), wholeFile, pages, 0) == 0 ? pages[1] + pages[2] : -1;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SystemCall(long number, nint descriptor, long* range, long* pages, long flags);
}
