using System.Text;
using SimClr.Cli.Commands;
using SimClr.Datasets;
using SimClr.IO;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.Tests;

namespace SimClr.Fuzz.Readers;

/// <summary>Words of a command line, and image lists.</summary>
internal static class TextReaders
{
    public static IEnumerable<FuzzReader> All()
    {
        string[] words = ["%", "-", "+", ".", ",", " ", "0", "9", "e9", "kB", "GB", "∞", "NaN", "١", "=", "null", "0x1", "[", "'"];
        var images = new BuiltInImages(DatasetPart.Train, 20);
        byte[] list = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 3).Select(i => images.Describe(i) + "\n")));
        yield return new("list of images", "labels.txt", [list], path =>
        {
            var taken = LabelledImages.Take(images, path, seed: 1);
            BrokenPromiseException.Unless(taken.Count is > 0 and <= 20, $"{taken.Count} of 20 images");
        })
        { Words = ["\n", "\r\n", " ", "\0", "1", "名"] };
        byte[] paths = "a.png\tcat\tP1\nfolder/b.png\tdog\tP2\n\nfolder/c c.png\n"u8.ToArray(), other = "\uFEFF./folder/b.png\tcat\r\na.png\t\tP1\r\n"u8.ToArray();
        yield return new("list of files", "list.txt", [paths, other], path =>
        {
            var data = ImageSource.FindAsync("@" + path).GetAwaiter().GetResult().ForPretraining(null, seed: 1);
            ArrayReaders.Check(data);
            BrokenPromiseException.Unless(Enumerable.Range(0, data.Count).All(i => data.Group(i) is not ""), "a group has no name");
        })
        {
            Beside = ((string[])["a.png", "folder/b.png", "folder/c c.png"]).ToDictionary(file => file, _ => Tars.Jpeg(10)),
            Words = ["\n", "\r\n", "\r", "\t", " ", "\0", "名", "\uFEFF", "..", "/", "\\", "a.png", "folder", "list.txt", "/dev/zero", "~"],
        };
        byte[] classes = "id,class,age\r\na,cat,1\r\n\"folder/b.png\",\"d, og\",2\r\nc c,,3\r\n"u8.ToArray(), spread = "\uFEFFclass;file\ncat;b\n;a.png\n"u8.ToArray();
        yield return new("table of files", "list.csv", [classes, spread], path =>
        {
            var data = ImageSource.FindAsync($"@{path}:class").GetAwaiter().GetResult().ForPretraining(null, seed: 1);
            ArrayReaders.Check(data);
            BrokenPromiseException.Unless(data.Count <= 3 && data.Classes.All(name => name.Length > 0 && !name.Any(char.IsControl)), "not the classes of three images");
        })
        {
            Beside = ((string[])["a.png", "folder/b.png", "folder/c c.png"]).ToDictionary(file => file, _ => Tars.Jpeg(10)),
            Words = ["\n", "\r\n", "\r", "\t", " ", "\0", "名", "\uFEFF", "..", "/", "\\", "a.png", "folder", "list.csv", "/dev/zero", "~", "\"", ",", ";", "file", "class", ".png"],
        };
        byte[] table = Encoding.UTF8.GetBytes("file,\"a, b\",eye\r\n" + string.Concat(Enumerable.Range(0, 5).Select(i => $"\"{images.Describe(i)}\",\"p{i / 2}\",\"x\"\"\ny\"\r\n")));
        yield return new("list of groups", "groups.csv", [table], path =>
        {
            var groups = new GroupColumn(path, "a, b").Read(images, IMessages.None);
            BrokenPromiseException.Unless(groups.ImageCount == 20 && groups.Count is >= 15 and <= 20, $"{groups.Count} groups of 20 images");
        })
        { Words = ["\n", "\r\n", "\r", "\"", "\"\"", ",", "\0", "1", "名", "file", "\uFEFF"] };
        yield return Of("label budget", ["10%", "25", "0.5%"], text =>
        {
            if (LabelBudget.Parse(text) is not { } budget) return;
            BrokenPromiseException.Unless(budget.Of(1000) is >= 1 and <= 1000 && budget.Of(0) == 0, $"{budget.Of(1000)} of 1000 labels");
            BrokenPromiseException.Unless(LabelBudget.Parse(budget.ToString()) is not null || budget.PerClass == 0, $"{budget} is not read back");
        });
        yield return Of("byte size", ["256MB", "1.5 GB", "7"], text => BrokenPromiseException.Unless(ByteSize.Parse(text) is null or >= 1, $"{ByteSize.Parse(text)} bytes"));
        yield return Of("--set", ["epochs=3", "views.color-strength=0.5", "views.mean=0.1,0.2,0.3", "encoder.arch=resnet50"], text =>
            _ = OptionsBinder.Bind<PretrainOptions>([], [Setting.Parse(text)]));
        yield return Of("command line", ["pretrain --data x --output y --epochs 3 --lr 0.5", "evaluate knn --weights a --data b", "embed --output x.npy --normalize 0.5,0.2", "duplicates --threshold 0.9"], text =>
            _ = CommandLine.Create().Parse(text.Split(' '))) with
        { OneIn = 10 };

        FuzzReader Of(string name, string[] seeds, Action<string> read) => new(name, "text", [.. seeds.Select(Encoding.UTF8.GetBytes)], path => read(File.ReadAllText(path)))
        {
            Words = words,
            NamesFile = false,
            Refuses = FuzzReader.RefusesSettings,
        };
    }
}
