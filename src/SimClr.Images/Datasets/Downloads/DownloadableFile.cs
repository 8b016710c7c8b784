namespace SimClr.Datasets;

/// <summary>A published file.</summary>
/// <param name="Address">The publisher's address.</param>
/// <param name="Md5">The published MD5 checksum of the whole file, 32 hexadecimal digits in lower case.</param>
public sealed record DownloadableFile(Uri Address, string Md5)
{
    /// <summary>The last part of the address. A name that ends in <c>.tar.gz</c> is an archive, and is unpacked.</summary>
    public string Name => Path.GetFileName(Address.AbsolutePath);

    /// <summary>
    /// The address of this file on a mirror: the mirror's path and <see cref="Name"/>. Without a mirror it is <see cref="Address"/>.
    /// </summary>
    /// <param name="mirror">The address of the mirror; null for none.</param>
    public Uri At(Uri? mirror) =>
        mirror is null ? Address : new Uri($"{mirror.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{Name}{mirror.Query}");
}
