using System.Text;

namespace SimClr.Tests;

/// <summary>NPY files as <c>numpy.save</c> writes them.</summary>
internal static class Npy
{
    public static byte[] Of(string type, string shape, params byte[] data)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight((10 + header.Length + 64) / 64 * 64 - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header), .. data];
    }

    /// <summary>Writes n images whose bytes count up.</summary>
    public static byte[] Images(int n, int height, int width, int channels) =>
        Of("|u1", $"({n}, {height}, {width}, {channels})", [.. Enumerable.Range(0, n * height * width * channels).Select(i => (byte)(i * 7 + i / 251))]);
}
