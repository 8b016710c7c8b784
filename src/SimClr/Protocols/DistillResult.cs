using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>The result of a <see cref="DistillRun"/>.</summary>
/// <param name="File">
/// The student of the first seed, for <see cref="FineTuning.TrainedClassifier.Load(string, TorchSharp.torch.Device?, IMessages?, bool)"/>.
/// </param>
/// <param name="Report">The figures of the students and the teacher; null if no image has a label.</param>
public sealed record DistillResult(string File, EvaluationReport? Report);
