namespace SimClr.Export;

/// <summary>An image that a search found.</summary>
/// <param name="Index">Its index in <see cref="EmbeddedImages.Images"/>.</param>
/// <param name="Cosine">Of its representation with the query's, in [−1, 1].</param>
public readonly record struct SimilarImage(int Index, float Cosine);
