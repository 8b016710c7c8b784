using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>What a <see cref="FineTuneRun"/> gave.</summary>
/// <param name="File">The first seed's network, for <see cref="FineTuning.TrainedClassifier.Load(string, TorchSharp.torch.Device?, IMessages?)"/>.</param>
/// <param name="Report">The figures of all networks.</param>
public sealed record FineTuneResult(string File, EvaluationReport Report);
