namespace SimClr.Datasets;

/// <summary>A published file.</summary>
/// <param name="Address">Where its publisher has it.</param>
/// <param name="Md5">The published MD5 checksum of the whole file, 32 hexadecimal digits in lower case.</param>
public sealed record DownloadableFile(Uri Address, string Md5)
{
    /// <summary>The last part of the address. With the ending <c>.tar.gz</c> it is an archive and gets unpacked.</summary>
    public string Name => Path.GetFileName(Address.AbsolutePath);

    /// <summary>The address of the same file in another place: <see cref="Name"/> appended to the mirror's path, or <see cref="Address"/> where there is no mirror.</summary>
    public Uri At(Uri? mirror) =>
        mirror is null ? Address : new Uri($"{mirror.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{Name}{mirror.Query}");
}
