using SimClr.Evaluation;

namespace SimClr.Protocols;

/// <summary>The kNN result of one kind of features in a <see cref="SampleEvaluation"/>.</summary>
/// <param name="Features"><c>encoder</c>, <c>projection</c>, <c>untrained</c> or <c>pixels</c>.</param>
/// <param name="Accuracy">The accuracy on the shown images.</param>
/// <param name="Predictions">The predicted class of each shown image.</param>
public sealed record SampleResult(string Features, Accuracy Accuracy, IReadOnlyList<long> Predictions);
