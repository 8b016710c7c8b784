using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace SimClr.Tests;

/// <summary>
/// Writes TorchScript files as torch.jit.save does, without Python: a class with one method, and its tensors. By default the network of
/// <see cref="Forward"/>: a convolution, batch norm, dropout; h (N, 4).
/// </summary>
internal static class TinyScript
{
    public const string Forward = """
          def forward(self: __torch__.Tiny, x: Tensor) -> Tensor:
            y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])
            z = torch.batch_norm(y, None, None, self.running_mean, self.running_var, self.training, 0.1, 1.0000000000000001e-05, False)
            h = torch.mean(torch.relu(z), [2, 3])
            return torch.dropout(torch.add(h, self.shift), 0.29999999999999999, self.training)

        """;

    /// <summary>The parameters <c>weight</c> (4, C, 3, 3) and <c>shift</c> (4), the buffers <c>running_mean</c> and <c>running_var</c>.</summary>
    public static List<(string Name, Tensor Values, bool IsParameter)> Tensors(int channels = 3)
    {
        using var generator = new Generator(1, CPU);
        return
        [
            ("weight", randn([4, channels, 3, 3], generator: generator), true), ("shift", randn([4], generator: generator), true),
            ("running_mean", zeros(4), false), ("running_var", ones(4), false),
        ];
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="methods">The methods of the class <c>__torch__.Tiny</c>, indented by two.</param>
    /// <param name="tensors">By default <see cref="Tensors"/>.</param>
    /// <returns>The path.</returns>
    public static string Write(string path, string methods = Forward, IReadOnlyList<(string Name, Tensor Values, bool IsParameter)>? tensors = null)
    {
        tensors ??= Tensors();
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add("data.pkl", Pickle(tensors));
        string Names(bool parameters) => string.Concat(tensors.Where(t => t.IsParameter == parameters).Select(t => $"\"{t.Name}\", "));
        Add("code/__torch__.py", Encoding.UTF8.GetBytes($"class Tiny(Module):\n  __parameters__ = [{Names(true)}]\n  __buffers__ = [{Names(false)}]\n"
            + string.Concat(tensors.Select(t => $"  {t.Name} : Tensor\n")) + "  training : bool\n" + methods));
        foreach (var (i, tensor) in tensors.Index()) Add($"data/{i}", tensor.Values.detach().contiguous().bytes.ToArray());
        Add("constants.pkl", [0x80, 2, (byte)')', (byte)'.']);
        Add("version", "3\n"u8.ToArray());
        return path;

        void Add(string name, byte[] bytes)
        {
            using var record = archive.CreateEntry($"tiny/{name}", CompressionLevel.NoCompression).Open();
            record.Write(bytes);
        }
    }

    // Tiny.__new__() with a dict of attributes: pickle's protocol 2, in which Python writes it.
    private static byte[] Pickle(IReadOnlyList<(string Name, Tensor Values, bool IsParameter)> tensors)
    {
        var program = new List<byte>([0x80, 2, .. "c__torch__\nTiny\n)"u8, 0x81, .. "}("u8]);
        foreach (var (i, (name, values, isParameter)) in tensors.Index())
        {
            Text(name);
            program.AddRange("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
            Text("storage");
            program.AddRange(values.dtype == ScalarType.Float32 ? "ctorch\nFloatStorage\n"u8 : "ctorch\nHalfStorage\n"u8);
            Text($"{i}");
            Text("cpu");
            Number(values.numel());
            program.AddRange("tQ"u8);
            Number(0);
            Numbers(values.shape);
            Numbers(values.contiguous().stride());
            program.AddRange([isParameter ? (byte)0x88 : (byte)0x89, .. "ccollections\nOrderedDict\n)RtR"u8]);
        }
        Text("training");
        return [.. program, 0x88, .. "ub."u8];

        void Text(string text)
        {
            program.AddRange([(byte)'X', (byte)text.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)]);
        }

        void Number(long number)
        {
            var four = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(four, (int)number);
            program.AddRange([(byte)'J', .. four]);
        }

        void Numbers(long[] numbers)
        {
            program.Add((byte)'(');
            foreach (long number in numbers) Number(number);
            program.Add((byte)'t');
        }
    }
}
