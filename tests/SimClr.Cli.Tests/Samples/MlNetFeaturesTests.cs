using System.Globalization;
using System.Text.RegularExpressions;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Samples;

[Trait("Duration", "Long")]
public sealed partial class MlNetFeaturesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [GeneratedRegex(@"^5 features, 3 classes: accuracy ([\d.]+) ?%")]
    private static partial Regex Answer();

    [Theory]
    [InlineData(true, 95, 100)]
    [InlineData(false, 0, 60)] // features that carry no information on the class
    public void A_classifier_on_embeddings_is_as_good_as_they_are(bool separated, double least, double most)
    {
        var (exitCode, output, error) = SampleProgram.Run("MlNetFeatures", Table(separated));
        exitCode.ShouldBe(0, error);
        double.Parse(Answer().Match(output).Groups[1].Value, CultureInfo.InvariantCulture).ShouldBeInRange(least, most, output);
    }

    [Fact]
    public void A_table_without_features_is_refused()
    {
        File.WriteAllText(folder.In("a.csv"), "file,label\nx.png,1\n");
        var (exitCode, _, error) = SampleProgram.Run("MlNetFeatures", folder.In("a.csv"));
        exitCode.ShouldBe(1);
        error.Trim().ShouldBe($"{folder.In("a.csv")} must have the columns class, damaged and f0, f1, …; its first line is file,label.");
    }

    // 300 images, every tenth of which could not be read.
    private string Table(bool separated)
    {
        var random = new Random(1);
        string[] classes = ["cat", "\"dog, small\"", "owl"];
        var lines = new List<string> { "file,label,class,damaged,f0,f1,f2,f3,f4" };
        for (int i = 0; i < 300; i++)
        {
            int label = random.Next(3);
            bool damaged = i % 10 == 9;
            var features = Enumerable.Range(0, 5).Select(f => damaged ? "" : (random.NextDouble() + (separated && f == label ? 2 : 0)).ToString("g7", CultureInfo.InvariantCulture));
            lines.Add($"{i}.png,{label},{classes[label]},{(damaged ? "true" : "false")},{string.Join(',', features)}");
        }
        File.WriteAllLines(folder.In("table.csv"), lines);
        return folder.In("table.csv");
    }
}
