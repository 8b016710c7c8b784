using System.Text.RegularExpressions;

namespace SimClr.Tests.House;

public sealed partial class EncoderKindsTests
{
    // The places that choose a kind of encoder: they list it, find it among tensors, or read it from its authors' files. A new kind changes
    // no others.
    private static readonly string[] Doors = ["Models/EncoderOptions.cs", "Models/EncoderWeights.cs", "Encoders/TrainedEncoder.Loading.cs"];

    private static readonly string[] Rooms = ["/Models/ResNets/", "/Models/VisionTransformers/", "/Models/ConvNeXts/"];

    // Code that uses one network as an example: the benchmarks and the self-test of ranks.
    private static readonly string[] Examples = ["SimClr.Cli/Benchmarks/", "Pretraining/RankSelfTest.cs", "Pretraining/DeviceSelfTest.cs"];

    [GeneratedRegex(@"\b(ResNet\w*|VisionTransformer\w*|ConvNeXt\w*|TransformerBlock|Google(Weights|Layout|Variables)|DeepStem|SelectiveKernel|FoldedBlock|OnnxResNet)\b(?!\s*-)")]
    private static partial Regex Kind();

    [GeneratedRegex("""("([^"\\]|\\.)*")|(//.*$)""", RegexOptions.Multiline)]
    private static partial Regex TextOrComment();

    [Fact]
    public void Only_its_own_folder_and_a_few_listed_files_know_a_kind()
    {
        string src = Path.Combine(ArrowsTests.RepositoryRoot(), "src");
        foreach (string file in Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories).Select(file => file.Replace('\\', '/')))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal) || Rooms.Any(room => file.Contains(room, StringComparison.Ordinal)) || Doors.Concat(Examples).Any(door => file.Contains(door, StringComparison.Ordinal))) continue;
            string code = TextOrComment().Replace(File.ReadAllText(file), "");
            Kind().Match(code).Value.ShouldBe("", file);
        }
    }
}
