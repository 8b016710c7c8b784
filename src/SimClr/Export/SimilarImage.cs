namespace SimClr.Export;

/// <summary>A result of a similarity search.</summary>
/// <param name="Index">Its index in <see cref="EmbeddedImages.Images"/>.</param>
/// <param name="Cosine">The cosine of its representation with the query's, in [−1, 1].</param>
public readonly record struct SimilarImage(int Index, float Cosine);
