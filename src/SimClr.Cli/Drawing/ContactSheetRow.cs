using SimClr.Images;

namespace SimClr.Cli.Drawing;

/// <summary>One line of images on a <see cref="ContactSheet"/>.</summary>
/// <param name="Caption">Stands before the line: a class, say; empty for none.</param>
/// <param name="Images">From left to right, of any size; as many as the sheet has columns.</param>
/// <param name="Below">A caption below each image; empty for none below any.</param>
internal sealed record ContactSheetRow(string Caption, IReadOnlyList<DecodedImage> Images, params IReadOnlyList<string> Below);
