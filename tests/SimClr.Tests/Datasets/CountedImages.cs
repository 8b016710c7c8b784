using System.Collections.Concurrent;
using SimClr.Datasets;
using SimClr.Images;

namespace SimClr.Tests.Datasets;

/// <summary>A decorator for images that can delay or fail reads; it counts the reads and the reading threads.</summary>
internal sealed class CountedImages(IImageDataset images) : IImageDataset
{
    private readonly ConcurrentDictionary<Thread, bool> threads = new();
    private int reads;

    /// <summary>The time that a read takes.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The images that cannot be read.</summary>
    public Func<int, bool> Fails { get; init; } = _ => false;

    public int Reads => Volatile.Read(ref reads);

    /// <summary>The threads that have read and still run.</summary>
    public int ThreadsAtWork => threads.Keys.Count(thread => thread.IsAlive);

    public string Name => images.Name;

    public int Count => images.Count;

    public IReadOnlyList<string> Classes => images.Classes;

    public int Label(int index) => images.Label(index);

    public string Describe(int index) => images.Describe(index);

    public DecodedImage Read(int index)
    {
        threads.TryAdd(Thread.CurrentThread, true);
        Interlocked.Increment(ref reads);
        if (Delay > TimeSpan.Zero) Thread.Sleep(Delay);
        return Fails(index) ? throw new IOException($"{Describe(index)}: input/output error") : images.Read(index);
    }
}
