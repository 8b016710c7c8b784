using System.Text;

namespace SimClr.Images;

/// <summary>Recognises files that are not supported images by their first bytes, whatever their name.</summary>
internal static class FileKind
{
    private const string Convert = "magick 'IN[0]' OUT.png (ImageMagick 6: convert) converts it",
        Heif = "heif-convert IN OUT.png converts it",
        Jpeg2000 = "opj_decompress -i IN -o OUT.tif converts it", JpegXl = "djxl IN OUT.png converts it";

    /// <summary>What helps with a raw image of a camera.</summary>
    internal const string Raw = "dcraw_emu -T -6 IN (Debian: libraw-bin) converts it to TIFF";

    private static readonly (int Offset, byte[] Begins, string Name, string WhatToDo)[] Known =
    [
        (0, [.. "version https://git-lfs"u8], "a pointer of Git LFS to a file that was not downloaded", "git lfs pull brings it"),
        (0, [.. "/annex/objects/"u8], "a pointer of git-annex to a file that was not downloaded", "git annex get brings it"),
        (8, [.. "heic"u8], "a HEIC image", Heif), (8, [.. "heix"u8], "a HEIC image", Heif), (8, [.. "hevc"u8], "a HEIC image", Heif),
        (8, [.. "mif1"u8], "a HEIF image", Heif), (8, [.. "msf1"u8], "a HEIF image", Heif),
        (8, [.. "crx "u8], "a raw image of a camera", Raw),
        (4, [.. "ftyp"u8], "a video (MP4, MOV)", "take single images from it, for example with ffmpeg"),
        (0, [0x1a, 0x45, 0xdf, 0xa3], "a video (Matroska, WebM)", "take single images from it, for example with ffmpeg"),
        (8, [.. "AVI "u8], "a video (AVI)", "take single images from it, for example with ffmpeg"),
        (0, [0, 0, 0, 12, .. "jP  "u8], "a JPEG 2000 image", Jpeg2000), (0, [0xff, 0x4f, 0xff, 0x51], "a JPEG 2000 image", Jpeg2000),
        (0, [0, 0, 0, 12, .. "JXL "u8], "a JPEG XL image", JpegXl), (0, [0xff, 0x0a], "a JPEG XL image", JpegXl),
        (0, [.. "%PDF"u8], "a PDF document", "pdftoppm -png IN OUT renders its pages"),
        (0, [.. "8BPS"u8], "a Photoshop document", Convert), (0, [.. "gimp xcf"u8], "a GIMP document", Convert),
        (128, [.. "DICM"u8], "a DICOM image",
            "dcmj2pnm +on2 IN OUT.png (from DCMTK 3.6.9 on: dcm2img) converts it with 16 bits"),
        (0, [.. "SIMPLE  ="u8], "a FITS image", Convert),
        (0, [0x76, 0x2f, 0x31, 0x01], "an OpenEXR image", Convert),
        (0, [0x93, .. "NUMPY"u8], "an array of NumPy's", "save it as PNG, or all images as one train.npy"),
        (0, [0x89, .. "HDF"u8], "an HDF5 file", "save its images as PNG"),
        (0, [.. "PK\x3\x4"u8], "a zip archive", "unpack it"), (0, [0x1f, 0x8b], "a gzip file", "unpack it"),
        (0, [.. "7z"u8, 0xbc, 0xaf], "a 7z archive", "unpack it"),
        (0, [.. "Rar!"u8], "a RAR archive", "unpack it"), (257, [.. "ustar"u8], "a tar", "call it .tar, or unpack it"),
        (0, [.. "qoif"u8], "a QOI image", Convert), (0, [.. "DDS "u8], "a DDS texture", Convert),
    ];

    /// <summary>
    /// What a file is and what helps, as the end of a sentence: "is a HEIC image, which is not read: heif-convert IN OUT.png converts it".
    /// Null if unknown.
    /// </summary>
    /// <param name="bytes">The file, or its beginning.</param>
    public static string? Of(ReadOnlySpan<byte> bytes)
    {
        foreach (var (offset, begins, name, whatToDo) in Known)
        {
            if (bytes.Length >= offset + begins.Length && bytes.Slice(offset, begins.Length).SequenceEqual(begins))
                return $"is {name}, which is not read: {whatToDo}";
        }
        if (!bytes.ContainsAnyExcept((byte)0))
            return "holds nothing but zero bytes, as a download or copy that was broken off leaves it: get it again";
        string text = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 512)])
            .TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return "is a web page, which is not read: a server sent it instead of the image; download that again";
        if (!text.StartsWith('<')) return null;
        return text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? $"is an SVG drawing, which is not read: {Convert}"
            : "is XML or HTML, which is not read: a server may have sent it instead of the image";
    }
}
