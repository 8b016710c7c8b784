using System.Diagnostics;
using SimClr.Datasets;
using SimClr.IO;
using SimClr.Weights;

namespace SimClr.Tests.IO;

/// <summary>A path that is not a regular file is refused before it is opened. A failing test hangs.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    private string Pipe(string name)
    {
        Needs.Linux("pipes that are files");
        using var made = Process.Start("mkfifo", [temp.At(name)]);
        made.WaitForExit();
        return temp.At(name);
    }

    [Fact]
    public void A_pipe_and_a_device_are_refused_also_behind_a_link()
    {
        string pipe = Pipe("x.bin"), link = temp.At("link");
        File.CreateSymbolicLink(link, "/dev/zero");
        Should.Throw<InvalidDataException>(() => RegularFile.OpenRead(pipe)).Message.ShouldStartWith($"{pipe} is a pipe, not a file;");
        Should.Throw<InvalidDataException>(() => RegularFile.ReadAllBytes(link)).Message.ShouldStartWith($"{link} is a device, not a file;");
    }

    [Fact]
    public void Files_behind_a_link_are_read_and_missing_files_are_reported()
    {
        Needs.Links();
        File.CreateSymbolicLink(temp.At("link"), temp.Write("file", [1, 2, 3]));
        RegularFile.ReadAllBytes(temp.At("link")).ShouldBe([1, 2, 3]);
        Should.Throw<FileNotFoundException>(() => RegularFile.OpenRead(temp.At("none")));
        File.CreateSymbolicLink(temp.At("dangling"), "none");
        Should.Throw<FileNotFoundException>(() => RegularFile.ReadAllText(temp.At("dangling")));
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("weights.pth")]
    public void No_reader_of_weights_waits_for_a_pipe(string name)
    {
        string pipe = Pipe(name);
        Should.Throw<InvalidDataException>(() => WeightsFile.Read(pipe)).Message.ShouldContain("is a pipe");
        Should.Throw<InvalidDataException>(() => Safetensors.Read(pipe)).Message.ShouldContain("is a pipe");
        Should.Throw<InvalidDataException>(() => PyTorchFile.Read(pipe)).Message.ShouldContain("is a pipe");
    }

    [Theory]
    [InlineData("train.npy")]
    [InlineData("train.tar")]
    public void No_data_set_waits_for_a_pipe(string name)
    {
        string pipe = Pipe(name);
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(pipe, DatasetPart.Train)).Message.ShouldContain("is a pipe");
    }

    [Theory]
    [InlineData("test_batch.bin")]
    [InlineData("t10k-images-idx3-ubyte")]
    [InlineData("test.npy", "train.npy")]
    [InlineData("test/x.tar", "train/x.tar")]
    [InlineData("train-labels.npy", "train.npy")]
    public void No_record_is_read_from_a_pipe_in_a_data_folder(string name, params string[] files)
    {
        foreach (string file in files) temp.Write(file);
        Directory.CreateDirectory(Path.GetDirectoryName(temp.At(name))!);
        Pipe(name);
        Should.Throw<InvalidDataException>(() => ImageDatasets.Open(temp.Root, DatasetPart.Test)).Message.ShouldStartWith($"{temp.At(name)} is a pipe");
        Should.Throw<InvalidDataException>(() => ImageDatasets.HasTest(temp.Root)).Message.ShouldStartWith($"{temp.At(name)} is a pipe");
    }
}
