namespace SimClr.Images;

/// <summary>What becomes of the pages of a TIFF.</summary>
public enum ImagePages
{
    /// <summary>The first page is the image.</summary>
    First,

    /// <summary>
    /// The channels of all pages follow each other: a stack of Z planes, times or bands becomes an image of so many channels. The pages
    /// must have one size and one type. Reduced copies and masks are left out.
    /// </summary>
    Channels,
}
