using System.Formats.Tar;
using SimClr.Datasets;
using SimClr.Fuzz.Mutations;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>Shards: tars from other programs, their index, checks of packed ones, and the names of their classes.</summary>
internal static class ShardReaders
{
    private const string Tar = "x.tar";

    public static IEnumerable<FuzzReader> All()
    {
        (string, byte[])[] files = [("a.jpg", Tars.Jpeg(10)), ("a.cls", "1"u8.ToArray()), ("dir/b.jpg", Tars.Jpeg(20)), ("dir/b.cls", "0"u8.ToArray()), ("dir/b.json", "{}"u8.ToArray())];
        byte[] pax = Tars.Of(TarEntryFormat.Pax, files), gnu = Tars.Of(TarEntryFormat.Gnu, [.. files, (new string('n', 150) + ".jpg", Tars.Jpeg(30))]);
        yield return new("tar", Tar, [pax, gnu, Tars.Of(TarEntryFormat.Ustar, files), Tars.Of(TarEntryFormat.V7, files)], Read) { Repair = Checksums.Tar };

        var (tar, index, indexName) = Packed();
        yield return new("tar's index", indexName, [index], Read) { Beside = new Dictionary<string, byte[]> { [Tar] = tar }, Repair = Checksums.ShardIndex };
        yield return new("tar, packed", Tar, [tar], path =>
        {
            // As documented: every difference is a sentence, and none ends the check.
            foreach (string problem in ShardCheck.Problems(path)) BrokenPromiseException.Unless(problem.Length > 0, "a problem without a word");
            Read(path);
        })
        { Beside = new Dictionary<string, byte[]> { [indexName] = index }, Repair = Checksums.Tar };
        yield return new("classnames.txt", ShardFolder.ClassesFile, ["cat\ndog\n"u8.ToArray()], Read) { Beside = new Dictionary<string, byte[]> { [Tar] = pax }, Words = ["\n", "\r", "\0", "名", "cat"] };
    }

    private static void Read(string path) => ArrayReaders.Check(ShardDataset.Open(Path.Combine(Path.GetDirectoryName(path)!, Tar), DatasetPart.Train));

    private static (byte[] Tar, byte[] Index, string IndexName) Packed() => SeedFiles.Written(folder =>
    {
        ShardPacker.Pack(new BuiltInImages(DatasetPart.Train, 3), folder, new PackOptions());
        string tar = Directory.GetFiles(folder, "*.tar").Single();
        return (File.ReadAllBytes(tar), File.ReadAllBytes(ShardIndex.PathOf(tar)), Path.GetFileName(ShardIndex.PathOf(Path.Combine(folder, Tar))));
    });
}
