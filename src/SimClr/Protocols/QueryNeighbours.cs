namespace SimClr.Protocols;

/// <summary>An image of a <see cref="SampleEvaluation"/> and its nearest images.</summary>
/// <param name="Query">Its index in <see cref="SampleEvaluation.Shown"/>.</param>
/// <param name="Neighbours">
/// Indices in <see cref="SampleEvaluation.Reference"/> and cosines of h, nearest first; without the image itself.
/// </param>
public sealed record QueryNeighbours(int Query, IReadOnlyList<(int Index, float Cosine)> Neighbours);
