using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Unpacks a gzipped tar archive of plain files and folders. The tar is unpacked first, so that its entries can be checked against its
/// length.
/// </summary>
internal static class TarGzArchive
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Unpacks into a folder. Files unpacked before an exception stay there. Meanwhile the tar is beside the archive.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, or an entry is a link or is outside of the folder.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static async Task ExtractAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        string plain = $"{archive}.tar{AtomicFile.Partial}";
        try
        {
            await using (var packed = RegularFile.OpenShared(archive))
            await using (var unpacking = new GZipStream(packed, CompressionMode.Decompress))
            await using (var tar = File.Create(plain)) await unpacking.CopyToAsync(tar, cancellationToken);
            using var file = RegularFile.OpenHandle(plain);
            for (long at = 0; TarReading.Next(file, archive, ref at) is { } member;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Extract(file, member, folder, archive);
            }
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith(archive, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{archive}: {e.Message}", e);
        }
        finally
        {
            File.Delete(plain);
        }
    }

    private static void Extract(SafeFileHandle tar, TarMember member, string folder, string archive)
    {
        string shown = TarReading.Shown(member.Name);
        if (member.Kind == TarMemberKind.Other) return; // folders are created for their files
        if (member.Kind != TarMemberKind.File)
            throw new InvalidDataException($"{archive}: the entry {shown} is a {member.Kind}; only files and folders are unpacked.");
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        string target = member.Name.Length == 0 || member.Name.Contains('\0', StringComparison.Ordinal) ? ""
            : Path.GetFullPath(Path.Combine(root, member.Name));
        if (!target.StartsWith(root, StringComparison.Ordinal) || Path.EndsInDirectorySeparator(target))
            throw new InvalidDataException($"{archive}: the entry {shown} is outside the folder that it is unpacked to.");

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        byte[] piece = new byte[Math.Min(member.Length, PieceBytes)];
        for (long done = 0; done < member.Length;)
        {
            int read = RandomAccess.Read(tar, piece.AsSpan(0, (int)Math.Min(piece.Length, member.Length - done)), member.Offset + done);
            if (read == 0) throw new InvalidDataException($"{archive}: it ends within {shown}.");
            file.Write(piece.AsSpan(0, read));
            done += read;
        }
        file.Flush(flushToDisk: true);
    }
}
