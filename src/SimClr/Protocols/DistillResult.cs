using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>What a <see cref="DistillRun"/> gave.</summary>
/// <param name="File">The first seed's student, for <see cref="FineTuning.TrainedClassifier.Load(string, TorchSharp.torch.Device?, IMessages?)"/>.</param>
/// <param name="Report">The figures of the students and the teacher; null where no image has a label.</param>
public sealed record DistillResult(string File, EvaluationReport? Report);
