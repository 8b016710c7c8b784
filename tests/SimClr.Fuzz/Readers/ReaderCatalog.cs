namespace SimClr.Fuzz.Readers;

/// <summary>All readers of files from elsewhere. TensorBoard's events, ONNX and tables of embeddings are written and not read.</summary>
internal static class ReaderCatalog
{
    /// <summary>The readers in the order of the tests; created at most once.</summary>
    public static IReadOnlyList<FuzzReader> All => Made.Value;

    private static readonly Lazy<IReadOnlyList<FuzzReader>> Made = new(() =>
        [.. ImageReaders.All(), .. TiffReaders.All(), .. OrientationReaders.All(), .. WeightReaders.All(), .. TensorFlowReaders.All(), .. ArrayReaders.All(), .. RecordReaders.All(), .. ShardReaders.All(), .. ParquetReaders.All(), .. SettingReaders.All(), .. RunReaders.All(), .. TextReaders.All()]);
}
