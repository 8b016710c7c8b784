using System.Text.Json;
using System.Text.Json.Nodes;
using SimClr.RunFolders;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Commands on several places of images, lists and patterns.</summary>
[Collection(InProcess.Name)]
public sealed class SeveralPlacesCommandTests(Photos photos) : IClassFixture<Photos>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Ran(string command)
    {
        var (exitCode, output, error) = InProcess.Run(command);
        exitCode.ShouldBe(0, error);
        return output;
    }

    [Fact]
    public void A_run_remembers_all_places_and_resumes_reports_and_is_checked_on_them()
    {
        string list = folder.In("list.txt"), run = folder.In("run");
        string[] listed = [.. Photos.Sorted.Where(name => name.StartsWith("test/", StringComparison.Ordinal)).Select(photos.In)];
        File.WriteAllLines(list, listed.Select((path, i) => $"{path}\tlisted\tG{i / 2}"));
        string data = $"--data {photos.Data}/train/*/*.png --data @{Path.GetRelativePath(Environment.CurrentDirectory, list)}";
        string command = $"pretrain {data} --output {run} {Photos.Small.Replace("--batch-size 16", "--batch-size 4", StringComparison.Ordinal)}";
        Ran($"{command} --epochs 1");
        var settings = new RunFolder(run).ReadSettings();
        settings.WhereImagesAre().ShouldBe([Path.Combine(photos.Data, "train", "*", "*.png"), $"@{list}"]);
        settings.ImageCount.ShouldBe(18);
        using (var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")))) json.RootElement.GetProperty("data").GetArrayLength().ShouldBe(2);

        Ran($"pretrain --resume --output {run} --threads 1");
        Ran($"health {run} --threads 1 --json --quiet");
        Ran($"report {run} --threads 1 --quiet --output {folder.In("report.html")}");
        File.ReadAllText(folder.In("report.html")).ShouldContain("list.txt");
        Ran($"embed --weights {run} {data} --output {folder.In("h.csv")} --threads 1 --quiet");
        File.ReadAllLines(folder.In("h.csv")).Length.ShouldBe(19);

        var (exitCode, _, error) = InProcess.Run($"pretrain --resume --output {run} --threads 1 --data {photos.Data}/train");
        exitCode.ShouldBe(1);
        error.ShouldContain("began with 18 images");
        InProcess.Run($"pretrain --data {photos.Data} --data {photos.Data}/train --output {folder.In("other")}").Error
            .ShouldContain($"--data: {Path.Combine(photos.Data, "train")} is inside {photos.Data}, so its images would be used twice.");
    }

    [Fact]
    public void Pairs_come_from_the_groups_of_a_list()
    {
        string list = folder.In("list.txt");
        File.WriteAllLines(list, Photos.Sorted.Where(name => name != Photos.Damaged).Select((name, i) => $"{photos.In(name)}\t\tG{i / 2}"));
        Ran($"pretrain --data @{list} --positives list --output {folder.In("run")} --epochs 1 {Photos.Small.Replace("--batch-size 16", "--batch-size 4", StringComparison.Ordinal)}");
        new RunFolder(folder.In("run")).ReadSettings().Groups!.Count.ShouldBe(9);
    }

    [Fact]
    public void Tables_give_the_classes_of_training_images_and_of_test_images_from_elsewhere()
    {
        string Table(string part, int from = 0)
        {
            string table = folder.In($"{part}{from}.csv");
            var rows = Photos.Sorted.Where(name => name.StartsWith(part, StringComparison.Ordinal)).Skip(from).Select(name => (Name: photos.In(name), Animal: name.Split('/')[1]));
            File.WriteAllLines(table, ["name,animal", .. rows.Select(row => $"{Quoted(row.Name)},{Quoted(row.Animal)}")]);
            return $"@{table}:animal";
        }
        string tuned = folder.In("tuned"), weights = $"--weights {photos.Run} --threads 1 --quiet --json";
        string elsewhere = $"--data {Table("train")} --test-data {Table("test")}", own = $"--data {photos.Data}";
        string[] of = [.. new[] { elsewhere, own }.Select(images =>
        {
            var report = JsonNode.Parse(Ran($"evaluate knn {images} {weights}"))!;
            return $"{report["audit"]!["train_sha256"]} {report["audit"]!["test_sha256"]} {report["rows"]!.ToJsonString()}";
        })];
        of[0].ShouldBe(of[1]); // the same images and labels as by folders

        var report = JsonNode.Parse(Ran($"finetune {elsewhere} {weights} --epochs 1 --batch-size 4 --no-scratch --output {tuned}"))!;
        ((string)report["data"]!).ShouldEndWith("training images with labels, 6 test images of test0.csv)");
        report = JsonNode.Parse(Ran($"distill --teacher {tuned} --data {photos.In("train/cat")} --test-data {Table("test")} --epochs 1 --batch-size 2 --threads 1 --quiet --json --output {folder.In("student")}"))!;
        ((string)report["data"]!).ShouldBe("cat (6 images without labels, 6 test images of test0.csv)");

        string again = folder.In("again"), note = "Pretraining saw the test images too, without their labels.";
        Ran($"pretrain --data {Table("train")} --epochs 1 {Photos.Small.Replace("--batch-size 16", "--batch-size 4", StringComparison.Ordinal)} --output {again}");
        InProcess.Run($"evaluate knn --data {Table("train")} --no-baselines --weights {again} --threads 1").Error.ShouldContain(note);
        var (_, output, said) = InProcess.Run($"evaluate knn {elsewhere} --no-baselines --weights {again} --threads 1 --json");
        said.ShouldNotContain(note);
        ((string)JsonNode.Parse(output)!["audit"]!["test_images_in_pretraining"]!).ShouldBe("not known"); // both lists are in one folder

        string divided = folder.In("divided"), before = folder.In("before");
        foreach (string file in Photos.Sorted.Where(name => name.StartsWith("train", StringComparison.Ordinal))) CopyTo(file.Replace("train/", "", StringComparison.Ordinal), file);
        Ran($"pretrain --data {divided} --epochs 1 {Photos.Small.Replace("--batch-size 16", "--batch-size 4", StringComparison.Ordinal)} --output {before}");
        Seen().ShouldBe("seen, without their labels");
        foreach (string animal in Directory.GetDirectories(divided))
            foreach (var (i, file) in Directory.GetFiles(animal).Order(StringComparer.Ordinal).ToList().Index())
            {
                string part = Path.Combine(divided, i % 2 == 0 ? "train" : "test", Path.GetFileName(animal));
                Directory.CreateDirectory(part);
                File.Move(file, Path.Combine(part, Path.GetFileName(file)));
            }
        foreach (string animal in Directory.GetDirectories(divided).Where(animal => !Directory.EnumerateFileSystemEntries(animal).Any())) Directory.Delete(animal);
        Seen().ShouldBe("not known"); // its test images were trained on when they had no part of their own

        void CopyTo(string name, string photo)
        {
            string to = Path.Combine(divided, name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(photos.In(photo), to);
        }
        string Seen() => (string)JsonNode.Parse(Ran($"evaluate knn --data {divided} --no-baselines --weights {before} --threads 1 --quiet --json"))!["audit"]!["test_images_in_pretraining"]!;

        File.WriteAllText(Path.Combine(again, "run.json"), "{");
        Ran($"evaluate knn {elsewhere} --no-baselines --weights {again} --threads 1 --quiet"); // the weights are whole

        string groups = folder.In("groups.csv");
        File.WriteAllLines(groups, ["file,animal", .. Enumerable.Range(6, 12).Select(i => $"{i:d2},{i % 4}")]);
        InProcess.Run($"evaluate knn --data {Table("train")} --groups {groups}:animal --weights {photos.Run} --threads 1").Error.ShouldContain(" images) is held out as test images, in whole groups.");
        InProcess.Run($"evaluate knn --data {Table("train")} --groups {groups} {weights}").Error.ShouldContain($"--groups takes folder or FILE.csv:COLUMN, not '{groups}'.");

        InProcess.Run($"evaluate knn --data {Table("train")} --test-data {Table("train", from: 9)} {weights}").Error.ShouldContain("is a test image in train9.csv and a training image in train0.csv.");
        InProcess.Run($"distill --features --teacher {tuned} {elsewhere} --output {folder.In("x")}").Error.ShouldContain("--test-data cannot be used with --features.");

        static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"")}\"";
    }
}
