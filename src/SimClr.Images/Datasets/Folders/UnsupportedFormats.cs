namespace SimClr.Datasets;

/// <summary>Extensions of image formats that are not decoded.</summary>
internal static class UnsupportedFormats
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".tga", ".psd", ".psb", ".xcf", ".pcx", ".pict", ".sgi", ".ras", ".dds", ".qoi", ".apng", ".cur", ".jif",
        ".jfi", ".pjpeg", ".pjp",
        ".heic", ".heif", ".hif", ".avifs", ".jxl", ".jxr", ".wdp", ".hdp", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx",
        ".jpm", ".jls", ".flif", ".bpg",
        ".exr", ".hdr", ".rgbe", ".svg", ".svgz", ".eps", ".ai", ".emf", ".wmf", ".djvu",
        ".raw", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2", ".raf", ".pef", ".srw", ".x3f",
        ".3fr", ".erf", ".kdc", ".mrw",
        ".dcm", ".dicom", ".nii", ".mha", ".mhd", ".nrrd", ".czi", ".lif", ".nd2", ".svs", ".ndpi", ".scn", ".fits", ".fit",
    };

    /// <summary>Whether this is the extension of an image format that is not decoded.</summary>
    public static bool Contains(string extension) => Extensions.Contains(extension);
}
