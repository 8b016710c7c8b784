namespace SimClr.Protocols;

/// <summary>One image of a <see cref="SampleEvaluation"/> and the images nearest to it.</summary>
/// <param name="Query">Its index in <see cref="SampleEvaluation.Shown"/>.</param>
/// <param name="Neighbours">Indices in <see cref="SampleEvaluation.Reference"/> and cosines of h, the nearest first; the image itself is none of them.</param>
public sealed record QueryNeighbours(int Query, IReadOnlyList<(int Index, float Cosine)> Neighbours);
