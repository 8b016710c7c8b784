using System.Buffers.Binary;
using System.IO.Compression;
using SimClr.Weights;
using TorchSharp;

namespace SimClr.Tests.Weights;

public sealed class TorchArchiveTests : IDisposable
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Weights", "Goldens", "state.pth");

    private readonly TempFolder folder = new();
    private readonly DisposeScope scope = torch.NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Theory] // as zip tools write it: with its folder, from within its folder, within another folder
    [InlineData("archive/")]
    [InlineData("")]
    [InlineData("model/archive/")]
    public void A_recompressed_archive_gives_the_same_tensors(string root)
    {
        string path = folder.At("again.pth");
        Pickles.Zip(path, root, CompressionLevel.SmallestSize, Pickles.Records(Golden));
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            if (root.Length > 0) archive.CreateEntry(root);
            archive.CreateEntry("__MACOSX/._data.pkl", CompressionLevel.NoCompression);
        }
        var (expected, again) = (PyTorchFile.Read(Golden), PyTorchFile.Read(path));
        again.Keys.ShouldBe(expected.Keys);
        foreach (var (name, tensor) in expected) again[name].ToBytes().ShouldBe(tensor.ToBytes(), name);
    }

    [Fact]
    public void A_zip_bomb_is_refused_by_its_unpacked_size()
    {
        string path = folder.At("bomb.pth");
        Pickles.Zip(path, "x/", CompressionLevel.SmallestSize, [("data.pkl", "\x80\x02}."u8.ToArray()), ("data/0", new byte[1 << 24])]);
        new FileInfo(path).Length.ShouldBeLessThan(1 << 15);
        Refusal(path).ShouldContain("would become 1677722");
    }

    // A zip's directory declares a record's length; its data may be shorter, damaged or encrypted.
    [Theory]
    [InlineData("length", "record data/0 is damaged: it ends after 64 of its 80 bytes")]
    [InlineData("data", "record data/0 is damaged")]
    [InlineData("encrypted", "record data.pkl is encrypted")]
    public void A_record_that_differs_from_the_directory_is_reported(string what, string said)
    {
        string path = folder.At("lies.pth");
        string program = "}" + Pickles.Weight.Replace("K\x02tQ", "K\x14tQ", StringComparison.Ordinal); // 20 elements
        byte[] pickle = [0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(program), (byte)'.'];
        var random = new byte[what == "length" ? 64 : 80];
        new Random(1).NextBytes(random);
        for (int i = 0; i < random.Length; i++) random[i] &= 15;
        Pickles.Zip(path, "x/", CompressionLevel.SmallestSize, [("data.pkl", pickle), ("data/0", random)]);
        var file = File.ReadAllBytes(path);
        int first = file.AsSpan().IndexOf("PK\x01\x02"u8), last = file.AsSpan().LastIndexOf("PK\x01\x02"u8), local = file.AsSpan(1).IndexOf("PK\x03\x04"u8) + 1;
        if (what == "length") BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(last + 24), 80);
        else if (what == "encrypted") file[first + 8] |= 1;
        else file.AsSpan(local + 30 + "x/data/0".Length, 4).Fill(0xff);
        File.WriteAllBytes(path, file);
        Refusal(path).ShouldContain(said);
    }

    private static string Refusal(string path)
    {
        using var inner = torch.NewDisposeScope();
        return Should.Throw<InvalidDataException>(() => PyTorchFile.Read(path)).Message;
    }
}
