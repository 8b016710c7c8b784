using SimClr.Images;

namespace SimClr.Cli.Drawing;

/// <summary>One row of images on a <see cref="ContactSheet"/>.</summary>
/// <param name="Caption">The text before the row, for example a class; may be empty.</param>
/// <param name="Images">The images from left to right, of any size; as many as the sheet has columns.</param>
/// <param name="Below">A caption below each image; empty for no captions.</param>
internal sealed record ContactSheetRow(string Caption, IReadOnlyList<DecodedImage> Images, params IReadOnlyList<string> Below);
