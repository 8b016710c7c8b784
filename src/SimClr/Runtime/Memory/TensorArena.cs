using System.Numerics;
using System.Runtime.InteropServices;

namespace SimClr.Runtime;

/// <summary>
/// An address range that large blocks are cut from. A freed block merges with its free neighbours and serves a later request. Its pages
/// stay, so that the system need not clear them again. A request takes the smallest block that is large enough, or the range grows at its
/// end.
/// </summary>
/// <remarks>
/// A block begins with a header of 64 bytes, so that its content is aligned to 64 bytes, as libtorch requires. The range asks for huge
/// pages of 2 MB (<c>madvise</c>). Any thread may call it; a call takes well under a microsecond.
/// </remarks>
internal sealed unsafe partial class TensorArena
{
    private const int HeaderBytes = 64, LeastRest = 1 << 12, Page = 1 << 12, HugePage = 1 << 21;
    private const nuint Step = 16 * HugePage; // growth of the usable part of the range

    private readonly byte* start, end;
    private readonly nuint most;
    private readonly Block*[] free = new Block*[64]; // lists by the logarithm of the size
    private byte* top, usable; // end of the blocks; end of the pages that may be touched
    private Block* last;
    private nuint kept;
    private int held; // 1 while a thread is inside

    private TensorArena(byte* start, nuint length, nuint most)
    {
        this.most = most;
        this.start = top = usable = start;
        end = start + length;
        KeepAtMost = nuint.MaxValue;
    }

    /// <summary>Bytes of the blocks that are in use, headers included.</summary>
    public nuint Used { get; private set; }

    /// <summary>Bytes of free blocks that still hold pages.</summary>
    public nuint Kept => kept;

    /// <summary>Bytes up to which free blocks keep their pages. Lowered below <see cref="Kept"/>, all of them go back.</summary>
    public nuint KeepAtMost
    {
        get;
        set
        {
            field = value;
            if (kept > value) Return();
        }
    }

    /// <summary>Reserves addresses but no memory; null if the system refuses.</summary>
    /// <param name="length">Bytes of addresses.</param>
    /// <param name="most">Bytes that may be in use at once; a request beyond them gets none.</param>
    public static TensorArena? Reserve(nuint length, nuint most)
    {
        const int NoAccess = 0, PrivateAnonymousNoReserve = 0x4022, HugePages = 14;
        byte* address = (byte*)Map(0, length + HugePage, NoAccess, PrivateAnonymousNoReserve, -1, 0);
        if ((nint)address == -1) return null;
        byte* aligned = (byte*)(((nuint)address + HugePage - 1) & ~(nuint)(HugePage - 1));
        _ = Advise((nint)aligned, length, HugePages); // optional: some systems have no huge pages
        return new TensorArena(aligned, length & ~(nuint)(HugePage - 1), most);
    }

    /// <summary>Whether an address is in this range.</summary>
    public bool Contains(void* address) => address >= start && address < end;

    /// <summary>Allocates a block; null if the range or the system's memory is used up.</summary>
    public void* Allocate(nuint bytes)
    {
        if (bytes > (nuint)(end - start)) return null;
        nuint size = (bytes + HeaderBytes + 63) & ~(nuint)63;
        Enter();
        var block = Take(size);
        Leave();
        return block == null ? null : (byte*)block + HeaderBytes;
    }

    /// <summary>Frees a block from <see cref="Allocate"/>.</summary>
    public void Free(void* address)
    {
        var block = (Block*)((byte*)address - HeaderBytes);
        Enter();
        Used -= block->Size;
        block->Free = true;
        block->Resident = block->Size;
        if (block->After != null && block->After->Free) Join(block, block->After, remove: block->After);
        if (block->Before != null && block->Before->Free) block = Join(block->Before, block, remove: block->Before);
        Insert(block);
        if (kept > KeepAtMost) Return(block);
        Leave();
    }

    /// <summary>Returns the pages of all free blocks to the system.</summary>
    public void Return()
    {
        Enter();
        for (var block = last; block != null; block = block->Before)
        {
            if (block->Free) Return(block);
        }
        Leave();
    }

    private Block* Take(nuint size)
    {
        var block = Smallest(size);
        if (block != null) Remove(block);
        else if (Used + size > most || (block = AtTheEnd(size)) == null) return null;
        Cut(block, size);
        block->Free = false;
        Used += block->Size;
        return block;
    }

    // No managed lock: native code calls in here, and a lock's wait could throw through it (Thread.Interrupt).
    private void Enter()
    {
        for (int tries = 0; Interlocked.CompareExchange(ref held, 1, 0) != 0; tries++)
        {
            if (tries < 100) Thread.SpinWait(20);
            else Thread.Yield();
        }
    }

    private void Leave() => Volatile.Write(ref held, 0);

    private Block* Smallest(nuint size)
    {
        for (int list = BitOperations.Log2(size); list < free.Length; list++)
        {
            Block* best = null;
            for (var block = free[list]; block != null; block = block->Next)
            {
                if (block->Size >= size && (best == null || block->Size < best->Size || (block->Size == best->Size && block < best)))
                    best = block;
            }
            if (best != null) return best;
        }
        return null;
    }

    // If the last block is free, extends it by the missing bytes. Otherwise adds a new block.
    private Block* AtTheEnd(nuint size)
    {
        bool extends = last != null && last->Free;
        var block = extends ? last : (Block*)top;
        if (size > (nuint)(end - (byte*)block) || !Touch((byte*)block + size)) return null;
        if (extends) Remove(block);
        else *block = new Block { Before = last };
        if (!extends && last != null) last->After = block;
        last = block;
        block->Size = size;
        top = (byte*)block + size;
        return block;
    }

    private bool Touch(byte* upTo)
    {
        const int ReadWrite = 3;
        if (upTo <= usable) return true;
        nuint more = Math.Min(((nuint)(upTo - usable) + Step - 1) / Step * Step, (nuint)(end - usable));
        if (Protect((nint)usable, more, ReadWrite) != 0) return false;
        usable += more;
        return true;
    }

    private void Cut(Block* block, nuint size)
    {
        if (block->Size - size < LeastRest) return;
        var rest = (Block*)((byte*)block + size);
        *rest = new Block { Before = block, After = block->After, Size = block->Size - size, Free = true };
        rest->Resident = Math.Min(block->Resident, rest->Size); // at most: which part holds the pages is not known
        if (rest->After != null) rest->After->Before = rest;
        else last = rest;
        block->After = rest;
        block->Size = size;
        Insert(rest);
    }

    private Block* Join(Block* block, Block* next, Block* remove)
    {
        Remove(remove);
        block->Size += next->Size;
        block->Resident += next->Resident;
        block->After = next->After;
        if (next->After != null) next->After->Before = block;
        else last = block;
        return block;
    }

    private void Insert(Block* block)
    {
        kept += block->Resident;
        ref var head = ref free[BitOperations.Log2(block->Size)];
        block->Previous = null;
        block->Next = head;
        if (head != null) head->Previous = block;
        head = block;
    }

    private void Remove(Block* block)
    {
        kept -= block->Resident;
        if (block->Next != null) block->Next->Previous = block->Previous;
        if (block->Previous != null) block->Previous->Next = block->Next;
        else free[BitOperations.Log2(block->Size)] = block->Next;
    }

    private void Return(Block* block)
    {
        const int DontNeed = 4;
        nuint from = ((nuint)block + HeaderBytes + Page - 1) & ~(nuint)(Page - 1), to = ((nuint)block + block->Size) & ~(nuint)(Page - 1);
        if (to <= from || block->Resident == 0) return;
        _ = Advise((nint)from, to - from, DontNeed);
        kept -= block->Resident;
        block->Resident = 0;
    }

    private struct Block
    {
        public Block* Before, After; // in the order of addresses
        public Block* Previous, Next; // in the list of free blocks of about this size
        public nuint Size; // including the header
        public nuint Resident; // of a free block: an upper bound of the bytes that hold pages
        public bool Free;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
