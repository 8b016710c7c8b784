using System.Formats.Tar;
using System.Text;
using CsCheck;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

public sealed class HostileTarTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private static byte[] Good => Tars.Of(TarEntryFormat.Ustar, ("a.jpg", Tars.Jpeg(10)), ("b.jpg", Tars.Jpeg(20)));

    private static byte[] Link(TarEntryType type)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true)) tar.WriteEntry(new UstarTarEntry(type, "a.jpg") { LinkName = "/etc/passwd" });
        return stream.ToArray();
    }

    public static TheoryData<string, byte[], string> Faults => new()
    {
        { "negative size", Tars.With(Good, 124, [.. Enumerable.Repeat((byte)0xff, 12)]), "the entry at offset 0 is damaged: " },
        { "larger than the file", Tars.With(Good, 124, "77777777777\0"u8.ToArray()), "is cut off within the entry at offset 0: the data of a.jpg should have 8589934591 bytes" },
        { "no number", Tars.With(Good, 124, "zz"u8.ToArray()), "the entry at offset 0 is damaged: " },
        { "cut off in the data", Good[..700], "is cut off within the entry at offset 0" },
        { "cut off in a header", [.. Good.AsSpan(0, Array.LastIndexOf(Good, (byte)'b') + 100)], "is cut off within the entry at offset" },
        { "huge extended header", Tars.With(Tars.With(Good, 156, (byte)'x'), 124, "17777777777\0"u8.ToArray()), "the extended header at offset 0 claims more than 1048576 bytes" },
        { "huge long name", Tars.With(Tars.With(Good, 156, (byte)'L'), 124, "17777777777\0"u8.ToArray()), "the extended header at offset 0" },
        { "extended header of junk", Tars.With(Good, 156, (byte)'x'), "the entry at offset 0 is damaged: " },
        { "link", Link(TarEntryType.SymbolicLink), "link out of a tar not used: what it names is no plain file of the tar" },
        { "hard link", Link(TarEntryType.HardLink), "link out of a tar not used: what it names is no plain file of the tar" },
        { "path out of the tar", Tars.Of(TarEntryFormat.Ustar, ("../../etc/a.jpg", [1])), "the entry at offset 0 is named ../../etc/a.jpg, which leads out of the tar" },
        { "escape sequence", Tars.Of(TarEntryFormat.Ustar, ("a\u001b[2J.jpg", [1])), "has control characters in its name, a?[2J.jpg" },
        { "label of text", Tars.Of(TarEntryFormat.Ustar, ("a.jpg", [1]), ("a.cls", "cat"u8.ToArray())), "a.cls at offset 1024 does not hold a label" },
        { "negative label", Tars.Of(TarEntryFormat.Ustar, ("a.cls", "-1"u8.ToArray()), ("a.jpg", [1])), "a.cls at offset 0 does not hold a label" },
        { "huge label", Tars.Of(TarEntryFormat.Ustar, ("a.cls", "2147483647"u8.ToArray()), ("a.jpg", [1])), "a.cls at offset 0 does not hold a label" },
        { "long label", Tars.Of(TarEntryFormat.Ustar, ("a.cls", new byte[2000]), ("a.jpg", [1])), "a.cls at offset 0 does not hold a label" },
        { "twice", Tars.Of(TarEntryFormat.Ustar, ("a.jpg", [1]), ("a.jpg", [2])), "a.jpg at offset 1024 occurs twice in a row" },
        { "no tar", [.. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("not a tar ", 200)))], "at offset 0 there is no header of a tar" },
        { "gzip", [0x1f, 0x8b, .. new byte[600]], "is compressed by gzip" },
        { "empty", [], ".tar holds no image: no file " },
        { "no image", Tars.Of(TarEntryFormat.Ustar, ("a.txt", [1])), ".tar holds no image: no file " },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_hostile_tar_is_refused_in_one_sentence_with_file_and_offset(string what, byte[] tar, string sentence)
    {
        string path = temp.Write("x.tar", tar);
        var message = Should.Throw<InvalidDataException>(() => ImageDatasets.Open(path, DatasetPart.Train), what).Message;
        message.ShouldStartWith(path);
        message.ShouldContain(sentence);
        Directory.GetFileSystemEntries(temp.Root).Length.ShouldBeLessThanOrEqualTo(2); // the tar, and the index of an empty tar
    }

    [Fact]
    public void A_tar_with_changed_bytes_is_refused_or_only_its_own_bytes_are_read()
    {
        byte[] good = Tars.Of(TarEntryFormat.Pax, ("a.jpg", Tars.Jpeg(10)), ("a.cls", "1"u8.ToArray()), ("b.jpg", Tars.Jpeg(20)));
        string path = temp.At("x.tar");
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Sample((at, value, length) =>
        {
            byte[] changed = [.. good];
            changed[at] = value;
            File.WriteAllBytes(path, changed.AsSpan(0, length));
            try
            {
                return ShardScan.Records(path).All(record => record.Offset + record.Length <= length);
            }
            catch (InvalidDataException e)
            {
                return e.Message.StartsWith(path, StringComparison.Ordinal);
            }
        }, iter: 2000, threads: 1);
    }
}
