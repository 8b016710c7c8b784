using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class PooledFileTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Many_threads_read_any_number_of_files_through_a_few_handles()
    {
        var pool = new FilePool(4);
        PooledFile[] files = [.. Enumerable.Range(0, 40).Select(i => new PooledFile(temp.Write($"{i}", [(byte)i, 1, 2, (byte)(100 + i)]), pool))];
        Parallel.For(0, 8, thread =>
        {
            Span<byte> two = stackalloc byte[2];
            for (int n = 0; n < 2000; n++)
            {
                int i = (n * 7 + thread * 11) % files.Length;
                files[i].Read(two[..1], 0).ShouldBe(1);
                two[0].ShouldBe((byte)i);
                files[i].Read(two, 3).ShouldBe(1); // up to the end
                two[0].ShouldBe((byte)(100 + i));
            }
        });
        pool.Count.ShouldBeLessThanOrEqualTo(4);
        files.Count(file => file.Handle is not null).ShouldBe(pool.Count);
    }

    [Fact]
    public void A_file_replaced_while_it_was_closed_is_not_read_as_the_old_one()
    {
        var pool = new FilePool(1);
        string path = temp.Write("a", [1]);
        var (file, other) = (new PooledFile(path, pool), new PooledFile(temp.Write("b", [2]), pool));
        byte[] one = new byte[1];
        file.Read(one, 0).ShouldBe(1);
        other.Read(one, 0).ShouldBe(1);
        File.WriteAllBytes(path, [3, 3]);
        Should.Throw<IOException>(() => file.Read(one, 0)).Message.ShouldBe($"{path} has changed while it was in use.");
        Should.Throw<IOException>(() => new PooledFile(temp.At("missing"), pool).Read(one, 0));
    }
}
