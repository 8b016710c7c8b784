using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Downloads published data sets into a cache folder. The folder of a data set appears there complete, by one rename, or not at all.
/// Unfinished work is kept beside it in <c>FOLDER.part</c> and continued next time. Two processes that want the same data set take turns
/// (<c>FOLDER.lock</c>, an empty file that stays).
/// </summary>
/// <remarks>Safe to use from several threads at once: threads that want the same data set take turns too.</remarks>
/// <param name="http">Makes the requests; borrowed. Its handler should not decompress.</param>
public sealed class DatasetDownloader(HttpClient http)
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>The wait before a broken transfer is resumed.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a server may send nothing before the transfer counts as broken.</summary>
    internal TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Makes sure that the data set is in the cache folder, complete and with the published checksums. If it already is, the network is not
    /// used.
    /// </summary>
    /// <param name="dataset">The data set: one of <see cref="DownloadableDataset.All"/>, or another.</param>
    /// <param name="cacheFolder">The cache folder; created if missing.</param>
    /// <param name="mirror">A server with files of the same names, used instead of the publisher; null for the publisher.</param>
    /// <param name="progress">Receives progress, a few times per megabyte at most.</param>
    /// <param name="cancellationToken">Cancels the download. Received bytes are kept for the next time.</param>
    /// <returns>The folder of the data set, for <see cref="ImageDatasets.Open"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="mirror"/> is not an absolute http or https address.</exception>
    /// <exception cref="HttpRequestException">
    /// No server answers, the server refuses, or the transfer fails repeatedly. The message names the address.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// The received file is not the published one (it is deleted), or the archive is damaged.
    /// </exception>
    /// <exception cref="IOException">The cache folder is not writable, for example because the disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<string> DownloadAsync(
        DownloadableDataset dataset, string cacheFolder, Uri? mirror = null, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (mirror is not null && !(mirror.IsAbsoluteUri && mirror.Scheme is "http" or "https"))
            throw new ArgumentException($"A mirror is an absolute http or https address; {mirror} is not.", nameof(mirror));

        var folder = Path.Combine(cacheFolder, dataset.Folder);
        if (Directory.Exists(folder)) return folder;

        Directory.CreateDirectory(cacheFolder);
        using var turn = await TakeTurnAsync(
            folder + ".lock", () => progress?.Report(new(DownloadStage.Waiting, dataset.Folder, 0, null)), cancellationToken);
        if (Directory.Exists(folder)) return folder;

        var unfinished = folder + AtomicFile.Resumable;
        Directory.CreateDirectory(unfinished);
        foreach (var file in dataset.Files)
            await FetchAsync(file, file.At(mirror), Path.Combine(unfinished, file.Name), progress, cancellationToken);

        try
        {
            AtomicFolder.Rename(await AssembleAsync(dataset, unfinished, progress, cancellationToken), folder);
        }
        catch (InvalidDataException)
        {
            HostFiles.Current.Change(() => Directory.Delete(unfinished, recursive: true));
            throw;
        }

        HostFiles.Current.Change(() => Directory.Delete(unfinished, recursive: true));
        return folder;
    }

    // The suffix is .part, not .partial: a later run continues from its end. Only a file with the right checksum gets the name without
    // suffix.
    private async Task FetchAsync(
        DownloadableFile file, Uri address, string path, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(path)) return;

        var part = path + AtomicFile.Resumable;
        var transfer = new ResumableTransfer(http, RetryDelay, StallLimit);
        await transfer.FetchAsync(address, part, (received, total) =>
            progress?.Report(new(DownloadStage.Downloading, file.Name, received, total)), cancellationToken);

        long length = new FileInfo(part).Length;
        progress?.Report(new(DownloadStage.Verifying, file.Name, length, length));
        var checksum = await ChecksumAsync(part, cancellationToken);
        if (!string.Equals(checksum, file.Md5, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(part);
            throw new InvalidDataException(
                $"{address}: the download ({length} bytes) has the MD5 checksum {checksum}, not the published {file.Md5}. It was deleted.");
        }

        AtomicFile.Rename(part, path);
    }

    private static async Task<string> AssembleAsync(
        DownloadableDataset dataset, string unfinished, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var unpacked = Path.Combine(unfinished, "unpacked");
        if (Directory.Exists(unpacked)) HostFiles.Current.Change(() => Directory.Delete(unpacked, recursive: true));
        var folder = Path.Combine(unpacked, dataset.Folder);
        Directory.CreateDirectory(folder);

        foreach (var file in dataset.Files)
        {
            var path = Path.Combine(unfinished, file.Name);
            long length = new FileInfo(path).Length;
            progress?.Report(new(DownloadStage.Unpacking, file.Name, length, length));
            if (file.Name.EndsWith(".tar.gz", StringComparison.Ordinal))
                await TarGzArchive.ExtractAsync(path, unpacked, cancellationToken);
            else
                AtomicFile.Write(Path.Combine(folder, file.Name), copy => CopyTo(copy, path));
        }

        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InvalidDataException($"{dataset.Files[0].Name} has no folder {dataset.Folder} at its top.");
        if (dataset.ClassNames.Count > 0)
            AtomicFile.Write(Path.Combine(folder, "class_names.txt"), string.Concat(dataset.ClassNames.Select(name => name + "\n")));
        return folder;
    }

    private static void CopyTo(Stream copy, string path)
    {
        using var file = RegularFile.OpenShared(path);
        file.CopyTo(copy);
    }

    // The lock is the open file, so it ends with the process in every case. The file itself stays. If it were deleted, one process could
    // lock the deleted file while another locks a new one.
    private static async Task<FileStream> TakeTurnAsync(string path, Action waiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (HostFiles.Current.IsHeld(e))
            {
                waiting();
                await Task.Delay(LockPoll, cancellationToken);
            }
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "MD5 is what the publishers state; it tells damage, not malice.")]
    private static async Task<string> ChecksumAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = RegularFile.OpenShared(path);
        return Convert.ToHexStringLower(await MD5.HashDataAsync(stream, cancellationToken));
    }
}
