using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>Reads packed shards again and compares them with their indices.</summary>
public static class ShardCheck
{
    /// <summary>Compares the bytes of every record with their checksum, and every header and label in the tars with the index.</summary>
    /// <param name="path">As for <see cref="ShardDataset.Open"/>.</param>
    /// <param name="progress">Receives the number of records read.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <returns>The problems as they are found, one sentence per record or file; empty if all is as packed.</returns>
    /// <exception cref="InvalidDataException">There is no shard.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IEnumerable<string> Problems(string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var folder = ShardFolder.Of(path);
        if (folder.Train.Count + folder.Test.Count == 0)
            throw new InvalidDataException($"{path} holds no shards (.tar): simclr pack makes them.");
        long done = 0;
        foreach (string tar in folder.Train.Concat(folder.Test))
        {
            if (ShardIndex.Find(tar) is not { Header.IsSealed: true } index)
            {
                yield return $"{tar} has no index with checksums beside it: it was not packed by this program, or has " +
                    $"another length than then.";
                continue;
            }
            foreach (string problem in Problems(tar, index))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (problem.Length > 0) yield return problem;
                else progress?.Report(++done);
            }
        }
    }

    // Nothing for a correct record.
    private static IEnumerable<string> Problems(string tar, ShardIndex index)
    {
        using var file = RegularFile.OpenHandle(tar, options: FileOptions.SequentialScan);
        using var records = ShardScan.Records(tar).GetEnumerator();
        uint checksum = 0;
        byte[] bytes = [];
        for (int i = 0; ; i++)
        {
            var (more, damage) = Next(records);
            if (damage is not null)
            {
                yield return damage;
                yield break;
            }
            if (!more || i == index.Header.Records)
            {
                if (more || i < index.Header.Records)
                    yield return $"{tar} has {(more ? "more records than" : $"{i} records, not")} the {index.Header.Records} of its index.";
                break;
            }

            var known = index[i];
            checksum = Extend(checksum, known);
            if (records.Current with { Checksum = known.Checksum } != known) yield return $"{tar}: the record at offset " +
                $"{records.Current.Entry} is not that of the index (offset {known.Entry}, label {known.Label}).";
            else yield return IsWhole(file, known, ref bytes)
                ? "" : $"{tar}, {ShardScan.NameAt(tar, known.Entry)} at offset {known.Entry}: its bytes are not those that were packed.";
        }
        if (checksum != index.Header.RecordsChecksum) yield return $"{index.Path} is damaged: its checksum is wrong.";
    }

    private static bool IsWhole(SafeFileHandle file, in ShardRecord record, ref byte[] buffer)
    {
        if (buffer.Length < record.Length) buffer = new byte[record.Length];
        var bytes = buffer.AsSpan(0, record.Length);
        return RandomAccess.Read(file, bytes, record.Offset) == record.Length && Crc32C.Extend(0, bytes) == record.Checksum;
    }

    private static uint Extend(uint checksum, ShardRecord record) =>
        Crc32C.Extend(checksum, MemoryMarshal.AsBytes(new ReadOnlySpan<ShardRecord>(in record)));

    private static (bool More, string? Damage) Next(IEnumerator<ShardRecord> records)
    {
        try
        {
            return (records.MoveNext(), null);
        }
        catch (InvalidDataException e)
        {
            return (false, e.Message);
        }
    }
}
