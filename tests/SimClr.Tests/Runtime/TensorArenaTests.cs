using System.Runtime.InteropServices;
using SimClr.Runtime;

namespace SimClr.Tests.Runtime;

public sealed unsafe class TensorArenaTests
{
    private const nuint Range = 1u << 30;

    public TensorArenaTests() => Needs.Linux("mmap");

    [Fact]
    public void Blocks_do_not_overlap_keep_their_bytes_and_are_aligned_to_64()
    {
        var arena = TensorArena.Reserve(Range, Range)!;
        var random = new Random(1);
        var held = new List<(nint Address, int Length, byte Mark)>();
        for (int i = 0; i < 20_000; i++)
        {
            if (held.Count > 0 && random.Next(2) == 0)
            {
                int at = random.Next(held.Count);
                var (address, length, mark) = held[at];
                new ReadOnlySpan<byte>((void*)address, length).ContainsAnyExcept(mark).ShouldBeFalse();
                arena.Free((void*)address);
                held.RemoveAt(at);
            }
            else
            {
                int length = random.Next(1, random.Next(2) == 0 ? 1_000 : 1_000_000);
                void* block = arena.Allocate((nuint)length);
                if (block == null) continue; // the range is full
                ((nint)block % 64).ShouldBe(0);
                arena.Contains(block).ShouldBeTrue();
                byte mark = (byte)i;
                new Span<byte>(block, length).Fill(mark);
                held.Add(((nint)block, length, mark));
            }
        }
        foreach (var (address, _, _) in held) arena.Free((void*)address);
        arena.Used.ShouldBe(0u);
    }

    [Fact]
    public void Freed_neighbours_become_one_block_in_whatever_order_they_are_freed()
    {
        var random = new Random(2);
        for (int round = 0; round < 50; round++)
        {
            var arena = TensorArena.Reserve(Range, Range)!;
            nint[] blocks = [.. Enumerable.Range(0, 9).Select(_ => (nint)arena.Allocate((nuint)random.Next(100_000, 1_000_000)))];
            nuint used = arena.Used;
            random.Shuffle(blocks.AsSpan(0, 8));
            foreach (nint block in blocks.AsSpan(0, 8)) arena.Free((void*)block); // the ninth stands at the end, so that the range cannot give what is new
            nuint hole = used - arena.Used;
            void* all = arena.Allocate(hole - 64);
            ((nint)all).ShouldBe(blocks[..8].Min());
        }
    }

    [Fact]
    public void The_smallest_block_that_is_large_enough_is_taken()
    {
        var arena = TensorArena.Reserve(Range, Range)!;
        nint[] blocks = [.. ((uint[])[700_000, 1_000, 500_000, 1_000, 600_000, 1_000]).Select(size => (nint)arena.Allocate(size))];
        foreach (int i in (int[])[0, 2, 4]) arena.Free((void*)blocks[i]);
        ((nint)arena.Allocate(550_000)).ShouldBe(blocks[4]);
        ((nint)arena.Allocate(499_000)).ShouldBe(blocks[2]);
    }

    [Fact]
    public void More_than_the_range_is_refused_and_what_there_is_still_serves()
    {
        var arena = TensorArena.Reserve(Range, Range)!;
        ((nint)arena.Allocate(Range)).ShouldBe(0);
        ((nint)arena.Allocate(nuint.MaxValue)).ShouldBe(0);
        ((nint)arena.Allocate(Range - 4096)).ShouldNotBe(0);
        ((nint)arena.Allocate(1 << 20)).ShouldBe(0);
    }

    [Fact]
    public void More_than_may_be_in_use_is_refused_and_freed_blocks_make_room_for_it()
    {
        var arena = TensorArena.Reserve(Range, most: 10 << 20)!;
        void* first = arena.Allocate(6 << 20);
        ((nint)arena.Allocate(6 << 20)).ShouldBe(0);
        arena.Free(first);
        ((nint)arena.Allocate(9 << 20)).ShouldNotBe(0);
    }

    [Fact]
    public void Kept_memory_is_counted_goes_back_when_asked_and_stays_under_its_bound()
    {
        const int Length = 100 << 20;
        var arena = TensorArena.Reserve(Range, Range)!;
        void* first = arena.Allocate(Length), second = arena.Allocate(Length);
        NativeMemory.Fill(first, Length, 1);
        NativeMemory.Fill(second, Length, 1);
        arena.Kept.ShouldBe(0u);
        long before = ProcessMemory.Resident;
        arena.Free(first);
        ((long)arena.Kept).ShouldBeInRange(Length, Length + 4096);
        arena.Return();
        arena.Kept.ShouldBe(0u);
        (before - ProcessMemory.Resident).ShouldBeGreaterThan(Length / 2); // other tests run beside
        arena.KeepAtMost = Length / 2;
        arena.Free(second);
        arena.Kept.ShouldBeLessThanOrEqualTo(arena.KeepAtMost);
        first = arena.Allocate(2 * Length); // usable again
        NativeMemory.Fill(first, 2 * Length, 2);
        arena.Free(first);
        arena.KeepAtMost = nuint.MaxValue;
        arena.Free(arena.Allocate(Length));
        arena.Kept.ShouldBeGreaterThan((nuint)Length / 2);
        arena.KeepAtMost = 1 << 20; // lowered: what is kept beyond goes back at once
        arena.Kept.ShouldBe(0u);
    }

    [Fact]
    public void Threads_may_share_it()
    {
        var arena = TensorArena.Reserve(Range, Range)!;
        Parallel.For(0, 8, thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 2_000; i++)
            {
                int length = random.Next(1, 100_000);
                byte* block = (byte*)arena.Allocate((nuint)length);
                block[0] = block[length - 1] = (byte)thread;
                Thread.Yield();
                (block[0], block[length - 1]).ShouldBe(((byte)thread, (byte)thread));
                arena.Free(block);
            }
        });
        arena.Used.ShouldBe(0u);
    }
}
