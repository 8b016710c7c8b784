using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>
/// Brings published data sets into a cache folder. A data set's folder appears there whole, by one rename, or not at all;
/// unfinished work lies beside it in <c>FOLDER.part</c> and is gone on with next time. Two processes that want the same
/// data set take turns (<c>FOLDER.lock</c>, an empty file that stays).
/// </summary>
/// <remarks>Safe to use from several threads at once: those that want the same data set take turns too.</remarks>
/// <param name="http">Makes the requests; stays the caller's. Its handler should not decompress.</param>
public sealed class DatasetDownloader(HttpClient http)
{
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlock = 11;
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>The wait before a broken transfer is resumed.</summary>
    internal TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a server may send nothing before the transfer counts as broken.</summary>
    internal TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Makes sure that the data set lies in the cache folder, whole and with the published checksums. Where it does
    /// already, the network is not touched.
    /// </summary>
    /// <param name="dataset">What to download: one of <see cref="DownloadableDataset.All"/>, or another.</param>
    /// <param name="cacheFolder">Where data sets are kept; made where it is missing.</param>
    /// <param name="mirror">A place that has files of the same names, instead of the publisher's; null for the publisher's.</param>
    /// <param name="progress">Told how far it is, a few times per megabyte at most.</param>
    /// <param name="cancellationToken">Ends it; what was received is kept for the next time.</param>
    /// <returns>The data set's folder, for <see cref="ImageDatasets.Open"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="mirror"/> is no absolute http or https address.</exception>
    /// <exception cref="HttpRequestException">No server, a refusal, or a transfer that broke off again and again; the message names the address.</exception>
    /// <exception cref="InvalidDataException">What came is not the published file (it is deleted), or its archive is damaged.</exception>
    /// <exception cref="IOException">The cache folder cannot be written, for example because the disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<string> DownloadAsync(
        DownloadableDataset dataset, string cacheFolder, Uri? mirror = null, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (mirror is not null && !(mirror.IsAbsoluteUri && mirror.Scheme is "http" or "https"))
            throw new ArgumentException($"A mirror is an absolute http or https address; {mirror} is not.", nameof(mirror));

        var folder = Path.Combine(cacheFolder, dataset.Folder);
        if (Directory.Exists(folder)) return folder;

        Directory.CreateDirectory(cacheFolder);
        using var turn = await TakeTurnAsync(folder + ".lock", () => progress?.Report(new(DownloadStage.Waiting, dataset.Folder, 0, null)), cancellationToken);
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
            Directory.Delete(unfinished, recursive: true);
            throw;
        }

        Directory.Delete(unfinished, recursive: true);
        return folder;
    }

    // .part, not .partial: a later run goes on from its end. The name without it is only ever given to a file with the right checksum.
    private async Task FetchAsync(DownloadableFile file, Uri address, string path, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(path)) return;

        var part = path + AtomicFile.Resumable;
        var transfer = new ResumableTransfer(http, RetryDelay, StallLimit);
        await transfer.FetchAsync(address, part, (received, total) => progress?.Report(new(DownloadStage.Downloading, file.Name, received, total)), cancellationToken);

        long length = new FileInfo(part).Length;
        progress?.Report(new(DownloadStage.Verifying, file.Name, length, length));
        var checksum = await ChecksumAsync(part, cancellationToken);
        if (!string.Equals(checksum, file.Md5, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(part);
            throw new InvalidDataException($"{address}: what came, {length} bytes, has the MD5 checksum {checksum}, not the published {file.Md5}; it was deleted.");
        }

        AtomicFile.Rename(part, path);
    }

    private static async Task<string> AssembleAsync(DownloadableDataset dataset, string unfinished, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var unpacked = Path.Combine(unfinished, "unpacked");
        if (Directory.Exists(unpacked)) Directory.Delete(unpacked, recursive: true);
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
        if (dataset.ClassNames.Count > 0) AtomicFile.Write(Path.Combine(folder, "class_names.txt"), string.Concat(dataset.ClassNames.Select(name => name + "\n")));
        return folder;
    }

    private static void CopyTo(Stream copy, string path)
    {
        using var file = File.OpenRead(path);
        file.CopyTo(copy);
    }

    // The lock is the open file, so it ends with the process, however that ends. The file itself stays: were it deleted,
    // one process could lock the deleted file while another locks a new one.
    private static async Task<FileStream> TakeTurnAsync(string path, Action waiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is SharingViolation or WouldBlock)
            {
                waiting();
                await Task.Delay(LockPoll, cancellationToken);
            }
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "MD5 is what the publishers state; it tells damage, not malice.")]
    private static async Task<string> ChecksumAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await MD5.HashDataAsync(stream, cancellationToken));
    }
}
