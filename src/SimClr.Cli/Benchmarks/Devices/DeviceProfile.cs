using System.Diagnostics;
using SimClr.Models;
using SimClr.Optimization;
using SimClr.Pretraining;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Cli.Benchmarks;

/// <summary>
/// <c>profile-…</c>: where the time of a training step goes. Medians in seconds; the device is waited for between the parts, so that they
/// add up to more than a step that is only enqueued.
/// </summary>
/// <param name="Name">The name of the benchmark.</param>
/// <param name="Batch">The images of a step.</param>
/// <param name="Precision">As for <c>--precision</c>.</param>
/// <param name="Device">As for <c>--device</c>.</param>
/// <param name="Views">Two views of every image, from images in the device's memory.</param>
/// <param name="Forward">Encoder and projection head.</param>
/// <param name="Loss">NT-Xent with its gradient.</param>
/// <param name="Backward">The gradient of the network, its norm and the optimizer.</param>
/// <param name="Optimizer">The optimizer alone.</param>
internal sealed record DeviceProfile(string Name, int Batch, string Precision, string Device,
    double Views, double Forward, double Loss, double Backward, double Optimizer)
{
    private const int Least = 5; // fewest steps

    /// <summary>Measures the parts of a step.</summary>
    /// <param name="name">The name of the benchmark.</param>
    /// <param name="options">The options of the step.</param>
    /// <param name="images">The images of the views, at least a batch.</param>
    /// <param name="seconds">The time for the steps.</param>
    /// <param name="threads">Threads that draw the parameters of views.</param>
    /// <param name="device">The device.</param>
    /// <param name="deviceName">Its name.</param>
    public static DeviceProfile Of(
        string name, PretrainOptions options, CroppedImages images, double seconds, int threads, Device device, string deviceName)
    {
        using var model = new SimClrModel(options.Encoder, options.Head, options.ImageSize, options.Seed);
        model.to(device);
        var last = model.parameters().Last(p => p.requires_grad);
        void Wait() => _ = last.detach().sum().item<float>();

        var loss = new TimedLoss(options.Temperature, Wait);
        var parts = new List<(double Forward, double Loss, double Backward)>();
        using var views = rand([2 * options.BatchSize, 3, options.ImageSize, options.ImageSize], float32, device);
        using (var pretrainer = new Pretrainer(model, options, options.BatchSize, loss: loss))
        {
            using var steps = pretrainer.Steps(DeviceStep.Same(views, options.BatchSize)).GetEnumerator();
            steps.MoveNext(); // warms up
            for (double spent = 0; spent < seconds || parts.Count < Least; spent += parts[^1].Forward + parts[^1].Loss + parts[^1].Backward)
            {
                long began = Stopwatch.GetTimestamp();
                steps.MoveNext();
                Wait();
                parts.Add((Seconds(began, loss.Began), Seconds(loss.Began, loss.Ended), Seconds(loss.Ended, Stopwatch.GetTimestamp())));
            }
        }
        return new DeviceProfile(name, options.BatchSize, options.Precision.ToString().ToLowerInvariant(), deviceName,
            OfViews(options, images, threads, device),
            Median(parts.Select(p => p.Forward)), Median(parts.Select(p => p.Loss)), Median(parts.Select(p => p.Backward)),
            OfOptimizer(model, options.Optimizer, Wait));
    }

    private static double OfViews(PretrainOptions options, CroppedImages images, int threads, Device device)
    {
        using var made = new DeviceViews(images, options.Views, options.ImageSize, options.BatchSize, threads, device);
        return Repeated(made.Run, made.Wait);
    }

    // With the gradients of the last step.
    private static double OfOptimizer(SimClrModel model, OptimizerOptions options, Action wait)
    {
        using var _ = no_grad();
        using var optimizer = options.Create([.. model.named_parameters().Where(p => p.parameter.requires_grad)]);
        return Repeated(() => optimizer.Step(0), wait);
    }

    private static double Repeated(Action run, Action wait)
    {
        run();
        wait();
        return Median(Enumerable.Range(0, Least).Select(_ =>
        {
            long began = Stopwatch.GetTimestamp();
            run();
            wait();
            return Seconds(began, Stopwatch.GetTimestamp());
        }).ToList());
    }

    private static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
