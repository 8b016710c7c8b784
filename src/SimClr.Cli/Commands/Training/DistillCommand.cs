using System.CommandLine;
using SimClr.Cli.Output;
using SimClr.Evaluation;
using SimClr.FineTuning;
using SimClr.Images;
using SimClr.Protocols;
using SimClr.Recipes;
using SimClr.Runtime;

namespace SimClr.Cli.Commands;

/// <summary>
/// <c>simclr distill</c>: trains a student from a teacher and unlabelled images: from a classifier's predictions, or with
/// <c>--features</c> from any encoder's features, which is a training run in a folder.
/// </summary>
internal static class DistillCommand
{
    private static readonly string[] Everyday = ["--epochs", "--batch-size", "--arch", "--width", "--temperature", "--lr"];

    public static Command Create()
    {
        var teacher = new Option<string>("--teacher")
        {
            Description = "Output folder of finetune, or weights with a classifier. With --features: any run folder or file of weights.",
            HelpName = "DIR|FILE",
            Required = true,
        };
        var features = new Option<bool>("--features")
        { Description = "Learn the teacher's features instead of its predictions, in a run folder like that of pretrain." };
        var teacherImages = Images();
        var recipe = RecipeOptions.OfPretraining(null, Everyday);
        recipe.ShowDefaults(Default);
        var run = new TrainingRun(recipe);
        run.Data.Required = true;
        run.Output.Description = "Folder for classifier.safetensors and distill.json. With --features: the run folder.";
        run.Resume.Description = "With --features: continue the run in --output, or start it.";
        var images = new EvaluatedImages(run.Data, run.Mirror);
        var seeds = SharedOptions.Seeds("order and views");
        var json = SharedOptions.Json();
        var command = new Command("distill", "Train a smaller encoder to predict like a larger one")
            { teacher, features, teacherImages, run.Data, run.Mirror, run.Output, run.Resume };
        run.AddTo(command);
        foreach (var option in images.Options) command.Options.Add(option.ForFew());
        foreach (var option in (Option[])[seeds, run.Device, json]) command.Options.Add(option);
        foreach (var option in command.Options.Where(option => option.Name is "--recipe" or "--knn-every" or "--limit")) option.ForFew();
        Option[] both = [teacher, features, run.Data, run.Mirror, run.Output, run.Limit, run.Threads, run.Device,
            .. command.Options.Where(option => Everyday.Contains(option.Name) || option.Name == "--set")];
        Option[] ofPredictions = [.. images.Options, seeds, json];
        command.SetAction((parsed, outer) => ByFeatures(parsed)
            ? run.ExecuteAsync(parsed, weights: null, (place, terminal) => TaughtBy.Load(Path.GetFullPath(parsed.GetValue(teacher)!),
                parsed.GetValue(teacherImages), place, terminal, parsed.GetValue(SharedOptions.TrustScript)), outer)
            : StopSignals.RunAsync(async signals =>
            {
                var terminal = parsed.Terminal();
                string output = parsed.GetValue(run.Output)!;
                OutputCheck.RequireFolder(output);
                TrainedClassifier.RequireNone(output);
                var source = await images.FindAsync(parsed, terminal, signals.Token);
                source.RequireOutside(output);
                var place = Machine.Prepare(parsed.GetValue(run.Device)!, parsed.GetValue(run.Threads));
                using var taught = TrainedClassifier.Load(
                    parsed.GetValue(teacher)!, place, terminal, parsed.GetValue(SharedOptions.TrustScript));
                var options = recipe.BindOver(new DistillOptions { Encoder = taught.Options.Encoder }, parsed, teacher.Name,
                    KeyOfPredictions);
                options = options with { Encoder = ScriptArgument.Trusted(options.Encoder.CompletedBy(taught.Options.Encoder), parsed) };
                signals.Begin();
                var request = new DistillRequest
                {
                    Options = options,
                    Limit = parsed.GetValue(run.Limit),
                    Seeds = parsed.GetValue(seeds) ?? 1,
                    Threads = parsed.GetValue(run.Threads) ?? Environment.ProcessorCount,
                };
                var (file, report) = new DistillRun(taught, source, request, terminal).Execute(output, signals.Token);
                if (report is null || !parsed.GetValue(json)) terminal.Result(file); // else JSON alone
                if (report is null) terminal.Note("No image has a label. The student was not evaluated.");
                else if (parsed.GetValue(json)) terminal.Verbatim(EvaluationReport.Text(report.ToJson()));
                else terminal.Result(EvaluationTable.Of(report));
                return 0;
            }, outer));
        return command.WithDetails("The student learns from a teacher and images without labels: from the predictions of a fine-tuned " +
            "network, or with --features from the features of any encoder, with the defaults of " +
            "pretrain. Arch, width, stem and normalisation are the teacher's unless they are given.").WithExamples(
            ("A student of a quarter of the width",
                "simclr distill --teacher runs/tenth --data my-photos --width 0.25 --output runs/small"),
            ("From an encoder's features, without a classifier",
                "simclr distill --features --teacher runs/mine --data my-photos --width 0.25 --output runs/small"),
            ("From DINOv2, into a network of your own choice",
                "simclr distill --features --teacher dinov2_vits14_pretrain.pth --arch resnet18 --data my-photos --output runs/dino"),
            ("Self-distillation: the same network again",
                "simclr distill --teacher runs/tenth --data my-photos --temperature 0.1 --output runs/again"));

        bool ByFeatures(ParseResult parsed)
        {
            bool yes = parsed.GetValue(features);
            var others = yes ? ofPredictions : command.Options.Except(both).Except(ofPredictions);
            return others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is not { } other ? yes
                : throw new ConfigurationException($"{other.Name} cannot be used {(yes ? "with" : "without")} --features.");
        }
    }

    private static string? Default(string key) => key.StartsWith("encoder.", StringComparison.Ordinal) ? "the teacher's"
        : OptionsText.Describe(typeof(DistillOptions)).FirstOrDefault(option => option.Key == KeyOfPredictions(key)) is { } option
            ? $"{option.Default}, or pretrain's with --features" : null;

    // Turns a key of PretrainOptions into that of DistillOptions.
    private static string KeyOfPredictions(string key) =>
        key is "epochs" or "batch-size" or "optimizer.learning-rate" ? $"training.{key}" : key;

    private static Option<Preprocessing?> Images() => new Option<Preprocessing?>("--teacher-images")
    {
        Description = "With --features: the images that the teacher takes, if its file does not say it: their side in pixels; then their " +
            "normalisation: none, imagenet (the default), or MEAN,STD.",
        HelpName = "S[,NORM]",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            string[] parts = text.Split(',', 2);
            if (int.TryParse(parts[0], out int side) && side is >= 8 and <= 1024
                && (new Preprocessing { ImageSize = side }).NormalizedAs(parts.Length > 1 ? parts[1] : "imagenet") is { } preprocessing)
                return preprocessing;
            result.AddError($"--teacher-images takes a side of 8 to 1024 pixels, " +
                $"and none, imagenet or MEAN,STD after a comma, not '{text}'.");
            return null;
        },
    }.ForFew().WithDefault("as in its training");
}
