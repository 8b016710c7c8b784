namespace SimClr.Data;

public sealed partial class BuiltInImages
{
    /// <summary>SplitMix64 (Steele, Lea and Flood 2014): draw i of key k is a hash of k and i, on every machine the same.</summary>
    private struct Chance(ulong key)
    {
        private ulong state = Mix(key + 0x9E3779B97F4A7C15);

        /// <summary>A number in [from, to).</summary>
        public double Next(double from = 0, double to = 1)
        {
            state += 0x9E3779B97F4A7C15;
            return from + ((to - from) * Unit(Mix(state)));
        }

        /// <summary>53 bits of a hash as a number in [0, 1).</summary>
        public static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

        public static ulong Mix(ulong bits)
        {
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            return bits ^ (bits >> 31);
        }
    }
}
