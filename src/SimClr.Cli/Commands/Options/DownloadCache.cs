using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>The folder of downloaded data sets: <c>$XDG_CACHE_HOME/simclr</c>, by default <c>~/.cache/simclr</c>.</summary>
internal static class DownloadCache
{
    /// <summary>This user's folder, checked before something is downloaded into it.</summary>
    /// <param name="mirror">An address instead of the publishers'; null for theirs.</param>
    /// <param name="terminal">Shows the progress.</param>
    public static DownloadPlace Place(Uri? mirror, Terminal terminal) => new(FolderFor) { Mirror = mirror, Progress = terminal.Downloads() };

    private static string FolderFor(DownloadableDataset data)
    {
        string cache = Folder();
        if (!Directory.Exists(Path.Combine(cache, data.Folder))) RequireWritable(cache);
        return cache;
    }

    /// <summary>The folder for this user.</summary>
    /// <exception cref="IOException">There is no place for it: the message says why, and what to set.</exception>
    public static string Folder() => Folder(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));

    /// <summary>The same for an environment. A home folder that is the root, or none, is that of a service or a container: nothing is kept there.</summary>
    /// <param name="cache">The variable's value; empty or null: not set.</param>
    /// <param name="home">The user's folder; empty or null: none.</param>
    internal static string Folder(string? cache, string? home)
    {
        if (cache is { Length: > 0 })
        {
            return Path.IsPathRooted(cache) ? Path.Combine(cache, "simclr")
                : throw new IOException($"XDG_CACHE_HOME is {cache}. It must be an absolute path: downloaded data sets are kept there.");
        }
        string? wrong = home is not { Length: > 0 } ? "there is no home folder"
            : !Path.IsPathRooted(home) ? $"the home folder {home} is not an absolute path"
            : Path.GetFullPath(home) == "/" ? "the home folder is /"
            : !Directory.Exists(home) ? $"the home folder {home} does not exist"
            : null;
        return wrong is null ? Path.Combine(home!, ".cache", "simclr") : throw new IOException($"There is no folder for downloaded data sets: {wrong}. Set XDG_CACHE_HOME to a folder for them.");
    }

    /// <summary>Makes sure that something can be kept there.</summary>
    /// <exception cref="IOException">It cannot be made or written; the message says what to set.</exception>
    public static void RequireWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            WriteProbe.Of(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"Cannot write {folder}, the folder of downloaded data sets: {e.Message.TrimEnd('.')}. Set XDG_CACHE_HOME to another folder.", e);
        }
    }
}
