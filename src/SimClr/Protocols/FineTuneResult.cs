using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>The result of a <see cref="FineTuneRun"/>.</summary>
/// <param name="File">
/// The network of the first seed, for <see cref="FineTuning.TrainedClassifier.Load(string, TorchSharp.torch.Device?, IMessages?, bool)"/>.
/// </param>
/// <param name="Report">The figures of all networks.</param>
public sealed record FineTuneResult(string File, EvaluationReport Report);
