using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SimClr.Randomness;

/// <summary>
/// A counter-based random generator: the n-th number is a hash of (key, n). The numbers of a view depend on the view alone, and on no
/// earlier draw. The hash is SplitMix64 (Steele, Lea and Flood 2014); the key is a hash of the coordinates.
/// </summary>
public struct CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong state;

    /// <summary>The generator of one view.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="image">The image's index in its data set.</param>
    /// <param name="view">0 or 1.</param>
    public CounterRandom(long seed, long epoch, long image, int view)
        : this(Mix(Mix(Mix(Mix((ulong)seed + Golden) ^ (ulong)epoch) + Golden ^ (ulong)image) + Golden ^ (ulong)view))
    {
    }

    internal CounterRandom(ulong key) => state = key;

    /// <summary>A generator for another purpose, for example the order of the images in an epoch.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">
    /// A constant that no other use of the same seed has. Use 1,000 or more: the library's own purposes have small numbers.
    /// </param>
    /// <param name="index">Which stream of this purpose.</param>
    public static CounterRandom For(long seed, uint purpose, long index) => new(seed, index, purpose, -1);

    /// <summary>A generator for one of the library's own purposes.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="purpose">What the numbers are for; each purpose has numbers of its own.</param>
    /// <param name="index">The number of the stream, such as an epoch.</param>
    internal static CounterRandom For(long seed, RandomPurpose purpose, long index) => For(seed, (uint)purpose, index);

    /// <summary>A number for a name, for <see cref="Beside"/>: the first 64 bits of its SHA-256.</summary>
    internal static ulong Stream(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>
    /// An independent generator for a stream; this generator does not change. Different streams, and different generators, give different
    /// numbers.
    /// </summary>
    internal readonly CounterRandom Beside(ulong stream) => new(Mix(state + Golden ^ stream));

    /// <summary>A generator keyed by one number.</summary>
    internal static CounterRandom Of(ulong number) => new(Mix(number + Golden));

    /// <summary>64 bits as a number in [0, 1), a multiple of 2⁻⁵³.</summary>
    internal static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits() => Mix(state += Golden);

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => Unit(NextBits());

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The bound, not reached.</param>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in {0, …, <paramref name="count"/> − 1}; the bias, below count·2⁻⁶⁴, is not corrected.</summary>
    /// <param name="count">At least 1.</param>
    public int Below(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>True with probability <paramref name="probability"/>; draws one number in every case.</summary>
    /// <param name="probability">In [0, 1].</param>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>
    /// Moves <paramref name="count"/> of the items to the front, drawn without replacement (a partial Fisher–Yates shuffle). The first k
    /// items are the same for every count of at least k.
    /// </summary>
    /// <param name="items">Reordered.</param>
    /// <param name="count">In [0, number of items].</param>
    public void Draw(Span<int> items, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int j = i + Below(items.Length - i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>This generator, <paramref name="count"/> draws of 64 bits later.</summary>
    /// <param name="count">At least 0.</param>
    public readonly CounterRandom Skip(int count) => new(state + Golden * (ulong)count);

    /// <summary>SplitMix64's hash of 64 bits.</summary>
    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
