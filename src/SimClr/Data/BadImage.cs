namespace SimClr.Data;

/// <summary>An image that could not be read.</summary>
/// <param name="Index">Its index in the data set.</param>
/// <param name="Reason">One sentence that names the file.</param>
public sealed record BadImage(int Index, string Reason);
