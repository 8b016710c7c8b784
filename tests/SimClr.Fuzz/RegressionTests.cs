using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;
using SimClr.Fuzz.Running;
using SimClr.Tests;

namespace SimClr.Fuzz;

/// <summary>
/// Inputs that mutations found, created by code, so that they remain when the seeds change. Those that crash the process are in
/// <see cref="Hostile.HostileCorpus"/>.
/// </summary>
[Collection(nameof(MeasuringMemory))]
public sealed class RegressionTests
{
    private static ReadOnlySpan<byte> Line => "PK\x01\x02"u8; // of a zip's directory

    private static readonly byte[] Archive = Tars.Of(TarEntryFormat.Gnu, ("a.bin", new byte[600]));

    public static TheoryData<string, string, byte[]> Found => new()
    {
        { "tar in gz", "an entry without a name", Tars.With(Archive, 0, new byte[100]) },
        { "tar in gz", "permissions that are no number of 32 bits", Tars.With(Archive, 100, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff) },
        { "idx in gz", "a head that promises a gigabyte of images", [0, 0, 8, 3, 0, 4, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28] },
        { "tar's index", "a label of a class that there is not", Index(at: 48 + 16, 4096) },
        { "tar's index", "labels, and no class", Index(at: 32, 0) },
        { "tar's index", "a negative label", Index(at: 48 + 16, int.MinValue) },
        { "tar's index", "a record before the tar", Index(at: 48 + 4, int.MinValue) },
        { "recipe", "a value of a group that is out of range", "views:\n  color-strength: 128.5\n"u8.ToArray() },
        { "recipe", "a value that leaves another's default out of range", "views:\n  min-sigma: 5\n"u8.ToArray() },
        { "tar", "a checksum in base 256", [.. Archive[..148], 0x80, .. Archive[149..]] },
        { "recipe", "an alias behind the map", "views: {min-scale: 0.1}*a\n"u8.ToArray() },
        { "run: metrics.jsonl", "a number beyond what a double holds", Text("{\"step\":1,\"loss\":1e999,\"top1\":0.2}\n") },
        { "run: metrics.jsonl", "a key twice", Text("{\"step\":1,\"loss\":1,\"top1\":0.2,\"loss\":1}\n") },
        { "embeddings' manifest", "a number beyond what a double holds", Text(Encoding.UTF8.GetString(Seed("embeddings' manifest")).Replace("0.2,", "1e999,", StringComparison.Ordinal)) },
        { "embeddings' manifest", "a hash of a few letters", Text(Encoding.UTF8.GetString(Seed("embeddings' manifest")).Replace(new string('a', 64), "abc", StringComparison.Ordinal)) },
        { "embed --resume", "a negative number of rows", Text(Encoding.UTF8.GetString(Seed("embed --resume")).Replace("\"rows_done\": 2", "\"rows_done\": -2", StringComparison.Ordinal)) },
        { "run: evaluations/knn.json", "a figure beyond what a double holds", Text("{\"rows\": [{\"features\": \"encoder\", \"top1\": 1e999}]}") },
        { "pack.json", "an empty file", [] },
        { "pack.json", "a file that ends early", Seed("pack.json")[..20] },
        { "tar in gz", "a name with a null character", Tars.Of(TarEntryFormat.Pax, ("a\0b.bin", [1])) },
        { "tar in gz", "a time that there is not", Tars.With(Archive, 136, 0x80, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff) },
        { "tar in gz", "a long name of two gigabytes", Tars.With(Tars.With(Archive, 156, (byte)'L'), 124, "17777777777\0"u8.ToArray()) },
        { "tar in gz", "a sparse file", Tars.With(Archive, 156, (byte)'S') },
        { "list of files", "a name that no file can have", Text($"a.png\nfolder/{new string('n', 300)}\n") },
        { "parquet", "a head of a page that does not end", Filled(Seed("parquet"), at: 4, length: 40) },
        { "parquet", "a footer that does not end", Filled(Seed("parquet"), at: Seed("parquet").Length - 30, length: 22) },
        { "parquet", "a footer that ends within a number", [.. Seed("parquet")[..^9], 0xff, .. Seed("parquet")[^8..]] },
        { "parquet", "a footer longer than the file", Filled(Seed("parquet"), at: Seed("parquet").Length - 8, length: 3) },
        { "pth, zip", "a pickle that says it is compressed, by nothing", Deflated(seed: 0, file => file.IndexOf(Line)) },
        { "pth, zip", "a text that says it is compressed, and ends early", Deflated(seed: 2, file => file.LastIndexOf(Line)) },
    };

    [Theory]
    [MemberData(nameof(Found))]
    public void Inputs_that_once_failed_are_read_or_refused_by_name(string name, string what, byte[] input)
    {
        var reader = ReaderCatalog.All.Single(r => r.Name == name);
        using var folder = new TempFolder();
        var outcome = new Trial(reader, folder.Root).Run(reader.Pack is { } pack ? pack(input) : input);
        outcome.Verdict.ShouldBeOneOf([Verdict.Accepted, Verdict.Refused], $"{what}: {outcome.What}");
    }

    // The index of a packed tar with one number replaced; its checksums are correct.
    private static byte[] Index(int at, int value)
    {
        byte[] index = Seed("tar's index");
        BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(at), value);
        return Checksums.ShardIndex(index);
    }

    // A .pth whose directory declares one record, of the original length, as deflated.
    private static byte[] Deflated(int seed, Func<ReadOnlySpan<byte>, int> line)
    {
        byte[] zip = [.. ReaderCatalog.All.Single(r => r.Name == "pth, zip").Seeds[seed]];
        BinaryPrimitives.WriteInt16LittleEndian(zip.AsSpan(line(zip) + 10), 8);
        return zip;
    }

    private static byte[] Filled(byte[] file, int at, int length)
    {
        file.AsSpan(at, length).Fill(0xff);
        return file;
    }

    private static byte[] Seed(string reader) => [.. ReaderCatalog.All.Single(r => r.Name == reader).Seeds[0]];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
