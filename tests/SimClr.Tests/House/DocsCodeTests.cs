using System.Text.RegularExpressions;
using SimClr.Checkpoints;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Evaluation;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;
using SimClr.RunFolders;
using SimClr.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Tests.House;

/// <summary>The C# in docs/using.md is the code of the regions below, which the compiler reads. The recipe in docs/recipes.md can be read.</summary>
public sealed partial class DocsCodeTests
{
    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^ *#region docs\n(.*?)^ *#endregion", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex("^```yaml\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Yaml();

    [Fact]
    public void Every_block_of_the_page_is_compiled()
    {
        string page = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "docs", "using.md"));
        string code = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "tests", "SimClr.Tests", "House", "DocsCodeTests.cs"));
        var blocks = Block().Matches(page).Select(block => block.Groups[1].Value).ToList();
        blocks.Count.ShouldBe(3);
        blocks.ShouldBe(Region().Matches(code).Select(region => region.Groups[1].Value.Replace("\n        ", "\n", StringComparison.Ordinal)[8..]));
    }

    [Fact]
    public void The_recipe_on_its_page_is_one()
    {
        string page = File.ReadAllText(Path.Combine(ArrowsTests.RepositoryRoot(), "docs", "recipes.md"));
        var options = OptionsBinder.Bind<PretrainOptions>(Recipe.Parse(Yaml().Match(page).Groups[1].Value, "docs/recipes.md"), []);
        (options.Epochs, options.Views.MinScale, ((ResNetOptions)options.Encoder).Width).ShouldBe((200, 0.2, 0.5));
    }

    internal static void Saved(Pretrainer pretrainer, IImageDataset images)
    {
        #region docs
        using (var trained = TrainedEncoder.From(pretrainer)) trained.Save("encoder.safetensors");   // or .pth, .onnx
        RunCheckpoint.Save(new CheckpointStore("checkpoints", keepLast: 2), pretrainer);

        using var encoder = TrainedEncoder.Load("encoder.safetensors");                              // or "checkpoints"
        using var h = new FeatureExtractor(images).Encode(encoder.Model.Encoder, encoder.Options.Preprocessing, torch.CPU);
        #endregion
    }

    internal static void Custom()
    {
        #region docs
        using var encoder = TrainedEncoder.Load("runs/mine", new CustomEncoder("small-convolutions", seed => new SmallConvolutions()));
        #endregion
    }

    internal static void Script(IImageDataset images)
    {
        #region docs
        var encoder = new ScriptOptions { Script = "encoder.pt" }.Trusted();      // reads the file; its program runs when a network is made
        PretrainRun.Start("runs/mobile", images, new PretrainOptions { Encoder = encoder }).Execute();
        using var trained = TrainedEncoder.Load("runs/mobile", trustScript: true);
        #endregion
    }

    private sealed class SmallConvolutions() : nn.Module<Tensor, Tensor>("small")
    {
        public override Tensor forward(Tensor input) => input;
    }
}
