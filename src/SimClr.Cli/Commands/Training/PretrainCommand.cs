using System.CommandLine;
using SimClr.Runs;

namespace SimClr.Cli.Commands;

/// <summary><c>simclr pretrain</c>: trains an encoder on images and writes a run folder.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var positives = new PositivesOption();
        var run = new TrainingRun(positives.AddTo(RecipeOptions.OfPretraining(AutomaticOptions.DefaultRecipe)), positives);
        var weights = SharedOptions.Weights(required: false, "Start from the encoder of a run folder, or of a file of weights. " +
            "A file: .safetensors, .pth or .pt. Arch, width, stem and normalisation are those of the weights unless they are given.");
        var command = new Command("pretrain", "Train an encoder on images without labels")
            { run.Data, run.Output, run.Resume, weights, run.Device, run.Mirror };
        run.AddTo(command);
        command.Options.Add(SharedOptions.Renamed("--views", "--render-on"));
        command.SetAction((parsed, outer) => run.ExecuteAsync(parsed, parsed.GetValue(weights), null, outer));
        return command.WithDetails("Without --recipe it takes the recipe photos: half an hour to an hour on two cores.").WithExamples(
            ("On your own photos", "simclr pretrain --data my-photos --output runs/mine"),
            ("Continue after Ctrl+C, a crash or a power cut", "simclr pretrain --output runs/mine --resume"),
            ("For more epochs, a new run from the weights of one that has ended",
                "simclr pretrain --data my-photos --weights runs/mine --output runs/longer --epochs 200"),
            ("A smaller encoder, for a slow machine", "simclr pretrain --data my-photos --output runs/small --width 0.25"),
            ("With a recipe, and another batch size",
                "simclr pretrain --data cifar10 --output runs/cifar --recipe cifar10-cpu --batch-size 128"),
            ("On a GPU", "simclr pretrain --data cifar10 --output runs/gpu --recipe cifar10-resnet18-100 --device cuda --precision bf16"),
            ("Pairs of two images of the same patient, as a list names them",
                "simclr pretrain --data scans --output runs/patients --positives scans.csv:patient"),
            ("From torchvision's weights", "simclr pretrain --data my-photos --output runs/tuned --weights resnet18.pth"));
    }
}
