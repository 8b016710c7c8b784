using System.Formats.Tar;
using System.Globalization;
using SimClr.Datasets;

namespace SimClr.Tests.Datasets;

/// <summary>Which files of a tar form a record, and which are reported as unused.</summary>
public sealed class ShardRecordsTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private static byte[] Text(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private IImageDataset Open(params (string Name, byte[] Content)[] files) =>
        ImageDatasets.Open(temp.Write($"{Guid.NewGuid():N}.tar", Tars.Of(TarEntryFormat.Ustar, files)), DatasetPart.Pretraining);

    private static string Labels(IImageDataset data) => string.Join(' ', Enumerable.Range(0, data.Count).Select(data.Label));

    // Bash lines that list the images and their labels, as the readers of WebDataset or a person would.
    [Theory]
    [InlineData("a.jpg README a.cls=1 b.jpg ._x.jpg b.cls=2", "1 2")] // files without a key between them
    [InlineData("a.jpg a.json a.cls=1 a.txt b.cls=2 b.npy b.jpg", "1 2")]
    [InlineData("a.jpg z.txt a.cls=1 b.cls=2 z.txt b.jpg", "1 2")] // files of another key between them
    [InlineData("a.jpg b.jpg c.jpg a.cls=1 b.cls=2 c.cls=0", "1 2 0")] // all images first
    [InlineData("c.cls=0 b.cls=2 a.cls=1 a.jpg b.jpg c.jpg", "1 2 0")]
    [InlineData("a.jpg a.cls=1 b.jpg a.jpg a.cls=2 b.cls=3", "1 3 2")] // repeated keys, as in concatenated tars
    [InlineData("a.jpg b.jpg a.jpg a.cls=1", "-1 -1 1")]
    [InlineData("a.jpg x.txt a.jpg x.txt a.cls=1", "-1 -1")] // nothing names its image
    [InlineData("x/a.jpg y/a.cls=1 y/a.jpg", "-1 1")]
    [InlineData("v1.2/a.jpg v1.2/a.cls=1 v1.2/b.jpg v1.2/b.cls=3", "1 3")]
    [InlineData("A.JPG A.CLS=1", "1")]
    public void A_record_is_what_WebDataset_takes_for_one_and_halves_with_one_key_find_each_other(string files, string labels)
    {
        var data = Open([.. files.Split(' ').Select(file => file.Split('=')).Select(file => (file[0], file is [_, var label] ? Text(label) : file[0].EndsWith("jpg", StringComparison.OrdinalIgnoreCase) ? Tars.Jpeg(1) : [0]))]);
        Labels(data).ShouldBe(labels);
        data.Classes.Count.ShouldBe(labels.Split(' ').Max(label => int.Parse(label, CultureInfo.InvariantCulture)) + 1);
    }

    [Fact]
    public void Unused_files_are_counted_by_kind_and_reason_and_stored_in_the_index()
    {
        byte[] jpeg = Tars.Jpeg(1);
        string path = temp.Write("x.tar", Tars.Of(TarEntryFormat.Ustar,
            ("a.jpg", jpeg), ("a.cls", Text("0")), ("a.png", jpeg), ("a.seg.png", jpeg), ("a.json", Text("{}")),
            ("img.001.jpg", jpeg), ("img.002.jpg", jpeg), ("img.003.jpg", jpeg),
            ("b.tga", jpeg), ("b.cls", Text("1")), ("c.tga", jpeg), ("c.cls", Text("1")), ("d.tga", jpeg), ("notes.txt", Text("x")), ("e.cls", Text("1")), ("f.jpg", jpeg)));
        foreach (int opened in (int[])[1, 2])
        {
            var data = ImageDatasets.Open(path, DatasetPart.Pretraining);
            Labels(data).ShouldBe("0 -1");
            data.Omissions.Select(o => $"{o.Count} {o.What} {o.IsExpected}").Order(StringComparer.Ordinal).ToArray().ShouldBe(new[]
            {
                "1 .png beside another image of its record True",
                "1 .seg.png beside an image of its record True",
                "1 record of .cls False",
                "1 record of .tga False",
                "1 record of .txt True",
                "2 record of .cls .tga False",
                "3 image *.jpg with several points in its name False",
            }, $"opened {opened} times");
            data.Omissions.ShouldAllBe(o => o.Example.StartsWith($"{path}, ", StringComparison.Ordinal) && o.Example.Contains(" at offset "));
        }
        var labelled = ImageDatasets.Open(path, DatasetPart.Train);
        Labels(labelled).ShouldBe("0");
        labelled.Omissions.ShouldContain(o => o.What == "image without a label" && o.Count == 1 && o.Example.Contains("f.jpg"));
    }

    [Fact]
    public void Very_many_kinds_are_counted_together()
    {
        var data = Open([("a.jpg", Tars.Jpeg(1)), .. Enumerable.Range(0, 100).Select(i => ($"{i}.kind{i}", new byte[1]))]);
        data.Omissions.Count.ShouldBeLessThan(20);
        data.Omissions.Sum(o => o.Count).ShouldBe(100);
    }

    // tar and tarfile list the content; each archive must give every image with its label.
    [Theory]
    [InlineData("--format=gnu --owner=nobody:4000000000 --group=g:4000000000")]
    [InlineData("--format=posix --owner=nobody:4000000000 --group=g:4000000000")]
    [InlineData("--format=gnu -V label")]
    [InlineData("--format=posix -V label")]
    [InlineData("--format=gnu --sparse")]
    [InlineData("--format=posix --sparse --sparse-version=1.0")]
    [InlineData("--format=posix --sparse --sparse-version=0.0")]
    [InlineData("--format=gnu --sort=name -C .")]
    public void Whatever_GNU_tar_writes_every_image_has_its_label(string options)
    {
        string Folder(string name) => temp.At("in", name);
        for (int i = 0; i < 6; i++)
        {
            temp.Write($"in/{i}.jpg", Tars.Jpeg((byte)(20 * i)));
            temp.Write($"in/{i}.cls", Text($"{5 - i}"));
        }
        Shell($"cd {temp.At("in")}; truncate -s 300K 3.bin; printf x >>3.bin; truncate -s 1M 3.bin; mkdir sub; mkfifo pipe; ln 2.jpg hard.jpg; ln 2.cls hard.cls; ln -s ../4.jpg sub/soft.jpg; ln -s soft.jpg sub/soft2.jpg; "
            + $"echo 5 > sub/soft2.cls; ln -s /etc/passwd out.jpg; name=$(printf 'n%.0s' $(seq 120)); cp 1.jpg $name.jpg; cp 1.cls $name.cls; tar cf ../x.tar {options} *");
        var data = ImageDatasets.Open(temp.At("x.tar"), DatasetPart.Pretraining);
        File.Exists(Folder("3.bin")).ShouldBeTrue();

        // Shade and label of each, in any order: 0 to 5, a second 2 (a hard link) and a second 1 (a long name), two of 4 (symbolic links,
        // one with its own label).
        var found = Enumerable.Range(0, data.Count).Select(i => ($"{Math.Round(data.Read(i).Pixels.Span[0] / 20.0)}", data.Label(i))).Order().ToList();
        found.ShouldBe([("0", 5), ("1", 4), ("1", 4), ("2", 3), ("2", 3), ("3", 2), ("4", -1), ("4", 1), ("4", 5), ("5", 0)]);
        data.Omissions.Single(o => o.What == "link out of a tar").Count.ShouldBe(1);
    }

    [Fact]
    public void A_sparse_image_is_reported_as_unused()
    {
        temp.Write("in/a.jpg", Tars.Jpeg(1));
        Shell($"cd {temp.At("in")}; cp a.jpg b.jpg; truncate -s 1M b.jpg; tar cf ../x.tar --format=gnu --sparse *");
        var data = ImageDatasets.Open(temp.At("x.tar"), DatasetPart.Pretraining);
        data.Count.ShouldBe(1);
        data.Omissions.Single().ToString().ShouldContain("1 × sparse file in a tar not used");
    }

    private static void Shell(string lines)
    {
        using var process = System.Diagnostics.Process.Start("bash", ["-ec", lines]);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
