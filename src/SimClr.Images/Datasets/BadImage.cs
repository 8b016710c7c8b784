namespace SimClr.Datasets;

/// <summary>A damaged image. It is left out.</summary>
/// <param name="Index">Its index in the data set.</param>
/// <param name="Reason">One sentence that names the file.</param>
public sealed record BadImage(int Index, string Reason);
