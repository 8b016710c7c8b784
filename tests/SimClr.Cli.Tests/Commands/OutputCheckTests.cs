using SimClr.Cli.Commands;
using SimClr.Tests;

namespace SimClr.Cli.Tests.Commands;

[Collection(InProcess.Name)]
public sealed class OutputCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public OutputCheckTests()
    {
        File.WriteAllText(folder.In("file"), "mine");
        Directory.CreateDirectory(folder.In("full"));
        File.WriteAllText(folder.In("full", "classifier.safetensors"), "mine");
        Directory.CreateDirectory(folder.In("step"));
        File.WriteAllText(folder.In("step", "state.json"), "{}");
        File.WriteAllText(folder.In("step", "model.safetensors"), "weights");
    }

    public void Dispose() => folder.Dispose();

    // Data and weights do not exist: a command that names the output has not looked for them yet.
    [Theory]
    [InlineData("cluster --weights /no --data /no --clusters 2", "file", "is a file")]
    [InlineData("cluster --weights /no --data /no --clusters 2", "file/below", "is a file, not a folder")]
    [InlineData("cluster --weights /no --data /no --clusters 2", "full", "is not empty. Choose another --output")]
    [InlineData("search --weights /no --data /no --query 1", "file/x.png", "is a file, not a folder")]
    [InlineData("search --weights /no --data /no --query 1", "full/", "must end in")]
    [InlineData("duplicates --weights /no --data /no", "file/x.jpg", "is a file, not a folder")]
    [InlineData("views --data /no", "file/x.webp", "is a file, not a folder")]
    [InlineData("export --weights /no", "file/x.pth", "is a file, not a folder")]
    [InlineData("report /no", "file/x.html", "is a file, not a folder")]
    [InlineData("embed --weights /no --data /no", "file/x.npy", "is a file, not a folder")]
    [InlineData("pack --data /no", "file", "already exists. Choose another --output")]
    [InlineData("pack --data /no", "file/below", "is a file, not a folder")]
    [InlineData("projector --weights /no --data /no", "file", "is a file")]
    [InlineData("finetune --weights /no --data /no", "file", "is a file")]
    [InlineData("finetune --weights /no --data /no", "full", "already holds a classifier.safetensors. Choose another --output")]
    [InlineData("distill --teacher /no --data /no", "full", "already holds a classifier.safetensors. Choose another --output")]
    [InlineData("pretrain --data /no", "file", "is a file")]
    [InlineData("pretrain --data /no", "full", "holds other files (classifier.safetensors), and a run has a folder of its own. Choose another --output.")]
    [InlineData("export --weights /no", "step/model.safetensors", "is in a checkpoint, which would be damaged. Choose another --output.")]
    [InlineData("cluster --weights /no --data /no --clusters 2", "/proc/x", "/proc/x cannot be written in /proc: no file can be made there. Choose another --output.")]
    [InlineData("embed --weights /no --data /no", "/proc/x.npy", "/proc/x.npy cannot be written in /proc: no file can be made there. Choose another --output.")]
    public void What_cannot_be_written_is_said_before_anything_else(string command, string output, string sentence)
    {
        if (output.StartsWith('/')) Needs.Linux("a folder that nobody can write to");
        string before = Everything();
        var (exitCode, said, error) = InProcess.Run($"{command} --output {(output.StartsWith('/') ? output : folder.In(output))}");
        exitCode.ShouldBeInRange(1, 2);
        said.ShouldBe("");
        error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain(sentence);
        error.Replace('\\', '/').ShouldContain((output.StartsWith('/') ? output : folder.In(output.TrimEnd('/'))).Replace('\\', '/'));
        Everything().ShouldBe(before);
    }

    private string Everything() => string.Join('\n', Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));

    [Fact]
    public void Checking_an_output_path_does_not_create_it()
    {
        string before = Everything();
        OutputCheck.RequireFile(folder.In("new", "deep", "x.png"));
        OutputCheck.RequireFile(folder.In("file")); // replaced at the end
        OutputCheck.RequireFolder(folder.In("new"));
        OutputCheck.RequireFolder(folder.In("full"));
        OutputCheck.RequireEmptyFolder(folder.In("new"));
        Everything().ShouldBe(before);
    }
}
