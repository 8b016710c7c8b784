using System.Globalization;
using SimClr.IO;

namespace SimClr.Checkpoints;

/// <summary>A checkpoint on the disk, not yet opened.</summary>
/// <param name="Step">The step in its name.</param>
/// <param name="Path">Its folder, <c>…/step-000500</c>.</param>
public readonly record struct CheckpointFolder(long Step, string Path)
{
    internal static string NameOf(long step) => string.Create(CultureInfo.InvariantCulture, $"step-{step:D6}");

    /// <summary>The checkpoint with this folder name; null for any other folder.</summary>
    internal static CheckpointFolder? Of(string path)
    {
        var name = System.IO.Path.GetFileName(path.AsSpan());
        if (name.EndsWith(AtomicFolder.Replaced, StringComparison.Ordinal)) name = name[..^AtomicFolder.Replaced.Length];
        return name.StartsWith("step-", StringComparison.Ordinal)
            && long.TryParse(name[5..], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            && name.SequenceEqual(NameOf(step))
            ? new CheckpointFolder(step, path)
            : null;
    }
}
