using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using SimClr.Datasets;
using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;
using SimClr.Tests;
using SimClr.Weights;
using SkiaSharp;
using TorchSharp;

namespace SimClr.Fuzz.Hostile;

/// <summary>Inputs that once crashed the process, exhausted the memory or ran for an hour. Code writes each of them.</summary>
internal static class HostileCorpus
{
    private const string Views = "$SIMCLR views --images 1 --pairs 1 --image-size 16 --output ../view.png ", Recipe = Views + "--data builtin --recipe r.yaml";
    private const string Tiny = "--image-size 16 --width 0.0625 --batch-size 16 --threads 1";

    private static readonly int[] Refused = [1], Usage = [2], ReadOrRefused = [0, 1];

    public static IReadOnlyList<HostileInput> All { get; } =
    [
        new("a recipe whose key contains itself", folder => Write(folder, "r.yaml", "&a [*a]: 1\n"), Recipe, Usage, "r.yaml"),
        new("a recipe of 20,000 maps in each other", folder => Write(folder, "r.yaml", Nested(20_000)), Recipe, Usage, "r.yaml"),
        new("a recipe of 20,000 lists in each other", folder => Write(folder, "r.yaml", "a: " + new string('[', 20_000) + new string(']', 20_000)), Recipe, Usage, "r.yaml"),
        new("a recipe whose key has 9¹² parts", folder => Write(folder, "r.yaml", Doubling()), Recipe, Usage, "r.yaml"),
        new("weights that carry such a recipe", folder => Weights(folder, "&a [*a]: 1\n"), "$SIMCLR evaluate knn --data builtin --weights w.safetensors", [1, 2], "w.safetensors"),
        new("a run folder with such a recipe among others", RunFolders, "$SIMCLR runs .", [0], "bad"),
        new("an index that names two billion classes", HostileIndex, Views + "--data shards", ReadOrRefused),
        new("a PNG of 24 kB that has 199 million pixels", folder => Bomb(folder, 14_100), Views.Replace("--images 1", "--images 2", StringComparison.Ordinal) + "--data .", ReadOrRefused),
        new("labels of shape (2⁶¹,)", Labels, Views + "--data .", Refused, "train-labels.npy"),
        new("a .gz of 40 bytes that promises a gigabyte", Promises, Views + "--data .", Refused, "train-images-idx3-ubyte.gz"),
        new("a .pth with a key of 4 MB over 100,000 names", LongKey, "$SIMCLR evaluate knn --data builtin --weights w.pth", Refused, "w.pth"),
        new("a named pipe called .png", NamedPipe, Views + "--data .", ReadOrRefused),
        new("600 tars and 256 handles", ManyTars, "ulimit -n 256; " + Views + "--data .", ReadOrRefused),
        new("a stderr that cannot be written", _ => { }, $"$SIMCLR pretrain --data builtin --limit 32 --epochs 1 {Tiny} --output run 2> /dev/full && test -f run/checkpoints/step-000002/model.safetensors", [0]),
        new("a stdout that cannot be written", _ => { }, $"$SIMCLR doctor --data builtin {Tiny} > /dev/full", ReadOrRefused),
    ];

    private static void Write(string folder, string name, string text) => Write(folder, name, Encoding.UTF8.GetBytes(text));

    private static void Write(string folder, string name, byte[] bytes)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{a: ", depth)) + "0" + new string('}', depth);

    // Nine aliases of a list of nine aliases, and so on: hashing or comparing the key visits every part.
    private static string Doubling()
    {
        var text = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) text.AppendLine(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 9))}]");
        return text.Append("? *a11\n: 1\n").ToString();
    }

    private static void Weights(string folder, string recipe)
    {
        using var scope = torch.NewDisposeScope();
        Safetensors.Write(Path.Combine(folder, "w.safetensors"), new Dictionary<string, torch.Tensor> { ["layer1.0.conv1.weight"] = torch.ones(1) }, new Dictionary<string, string> { ["recipe"] = recipe });
    }

    private static void RunFolders(string folder)
    {
        foreach (var (run, recipe) in ((string, string)[])[("good", "epochs: 3\n"), ("bad", "&a [*a]: 1\n")])
        {
            Write(folder, $"{run}/recipe.yaml", recipe);
            Write(folder, $"{run}/run.json", "{\"data\": \"builtin\", \"image_count\": 64}");
        }
    }

    private static void HostileIndex(string folder)
    {
        string shards = Path.Combine(folder, "shards");
        ShardPacker.Pack(new BuiltInImages(DatasetPart.Train, 3), shards, new PackOptions());
        string index = ShardIndex.PathOf(Directory.GetFiles(shards, "*.tar").Single());
        byte[] bytes = File.ReadAllBytes(index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), 2_000_000_000); // ShardIndexHeader.Classes
        File.WriteAllBytes(index, Checksums.ShardIndex(bytes));
    }

    private static void Bomb(string folder, int side)
    {
        Write(folder, "bomb.png", TinyImages.Png(side, side, 1, 0, new byte[(side + 7) / 8 * side]));
        Write(folder, "good.png", ImageReaders.Encoded(SKEncodedImageFormat.Png, 20, 20));
    }

    private static void Labels(string folder)
    {
        Write(folder, "train.npy", Npy.Images(4, 8, 8, 3));
        Write(folder, "train-labels.npy", Npy.Of("<i8", "(2305843009213693952,)"));
    }

    private static void Promises(string folder)
    {
        byte[] head = [0, 0, 8, 3, 0, 9, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28]; // 589,824 images of 28 × 28
        Write(folder, "train-images-idx3-ubyte.gz", RecordReaders.Gzip(head));
    }

    // {long key: {"0": None, "1": None, …}} in the zip that torch.save writes.
    private static void LongKey(string folder)
    {
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2, (byte)'}', (byte)'X', .. BitConverter.GetBytes(4_000_000)]);
        pickle.Write(Encoding.ASCII.GetBytes(new string('k', 4_000_000)));
        pickle.Write("}("u8);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] name = Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            pickle.Write([(byte)'X', .. BitConverter.GetBytes(name.Length), .. name, (byte)'N']);
        }
        pickle.Write("us."u8);
        using var zip = ZipFile.Open(Path.Combine(folder, "w.pth"), ZipArchiveMode.Create);
        using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        pickle.WriteTo(entry);
    }

    private static void NamedPipe(string folder)
    {
        for (int i = 0; i < 3; i++) Write(folder, $"{i}.png", ImageReaders.Encoded(SKEncodedImageFormat.Png, 20, 20));
        using var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder, "0pipe.png")]);
        made.WaitForExit();
    }

    private static void ManyTars(string folder)
    {
        byte[] png = ImageReaders.Encoded(SKEncodedImageFormat.Png, 8, 8);
        for (int i = 0; i < 600; i++) Write(folder, $"s-{i:d6}.tar", Tars.Of(TarEntryFormat.Ustar, ($"{i:d6}.png", png)));
    }
}
