using SimClr.Cli.Output;
using SimClr.Datasets;
using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>The folder of downloaded data sets: <c>$XDG_CACHE_HOME/simclr</c>, by default <c>~/.cache/simclr</c>.</summary>
internal static class DownloadCache
{
    /// <summary>This user's folder; checked before a download.</summary>
    /// <param name="mirror">An address instead of the publishers'; null for theirs.</param>
    /// <param name="terminal">Shows the progress.</param>
    public static DownloadPlace Place(Uri? mirror, Terminal terminal) =>
        new(FolderFor) { Mirror = mirror, Progress = terminal.Downloads() };

    private static string FolderFor(DownloadableDataset data)
    {
        string cache = Folder();
        if (!Directory.Exists(Path.Combine(cache, data.Folder))) RequireWritable(cache);
        return cache;
    }

    /// <summary>The folder for this user.</summary>
    /// <exception cref="IOException">No folder is possible; the message gives the reason and the variable to set.</exception>
    public static string Folder() => Folder(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));

    /// <summary>
    /// The folder for an environment. A home folder that is missing or the root belongs to a service or a container: nothing is stored
    /// there.
    /// </summary>
    /// <param name="cache">The variable's value; null or empty if not set.</param>
    /// <param name="home">The user's home folder; null or empty if there is none.</param>
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
        return wrong is null ? Path.Combine(home!, ".cache", "simclr")
            : throw new IOException($"There is no folder for downloaded data sets: {wrong}. Set XDG_CACHE_HOME to a folder for them.");
    }

    /// <summary>Checks that the folder can be written to.</summary>
    /// <exception cref="IOException">The folder cannot be created or written to; the message names the variable to set.</exception>
    public static void RequireWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            WriteProbe.Of(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"Cannot write {folder}, the folder of downloaded data sets: " +
                $"{e.Message.TrimEnd('.')}. Set XDG_CACHE_HOME to another folder.", e);
        }
    }
}
