using SimClr.IO;

namespace SimClr.Cli.Commands;

/// <summary>Checks before the work begins that the output can be written.</summary>
internal static class OutputCheck
{
    /// <summary>Checks the path of a file. An existing file is replaced when the command ends.</summary>
    /// <exception cref="IOException">The path is a folder, its parent is a file, or nothing may be written there.</exception>
    public static void RequireFile(string path)
    {
        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path)) throw new IOException($"{path} is a folder. Name a file in it.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (File.Exists(Path.Combine(folder, "state.json")) && File.Exists(Path.Combine(folder, "model.safetensors")))
            throw new IOException($"{path} is in a checkpoint, which would be damaged. Choose another --output.");
        if (Path.GetFileName(path) == "classifier.safetensors" && File.Exists(path))
            throw new IOException($"{path} is a trained classifier, which would be lost. Choose another --output.");
        RequireWritable(folder, path);
    }

    /// <summary>Checks that an output is not a file that the command reads.</summary>
    /// <param name="path">The output.</param>
    /// <param name="input">What is read; it exists.</param>
    /// <param name="what">What that is, for the message: <c>the image of --query</c>.</param>
    /// <exception cref="ConfigurationException">Both are the same file.</exception>
    public static void RequireOther(string path, string input, string what)
    {
        if (File.Exists(path) && RealPath.Of(path) == RealPath.Of(input))
            throw new ConfigurationException($"--output {path} is {what}, and would be replaced.");
    }

    /// <summary>Checks the path of a folder for a run: missing, empty, or with what a run has that was stopped early.</summary>
    /// <exception cref="InvalidDataException">The folder holds other files.</exception>
    /// <exception cref="IOException">As for <see cref="RequireFolder"/>.</exception>
    public static void RequireFolderOfRun(string path)
    {
        RequireFolder(path);
        if (!Directory.Exists(path)) return;
        if (Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).FirstOrDefault(IsForeign) is { } other)
            throw new InvalidDataException(
                $"{path} holds other files ({other}), and a run has a folder of its own. Choose another --output.");

        static bool IsForeign(string? name) => !OfRun.Any(own => name!.StartsWith(own, StringComparison.Ordinal));
    }

    private static readonly string[] OfRun =
        [".", "recipe.yaml", "run.", "metrics.jsonl", "checkpoints", "tensorboard", "evaluations", "lost+found"];

    /// <summary>Checks the path of a folder, which may exist.</summary>
    /// <exception cref="IOException">The path or a folder above it is a file, or nothing may be written there.</exception>
    public static void RequireFolder(string path)
    {
        if (File.Exists(path)) throw new IOException($"{path} is a file, but --output must be a folder. Choose another --output.");
        RequireWritable(Path.GetFullPath(path), path);
    }

    /// <summary>Checks the path of a folder, which must be empty or missing.</summary>
    /// <exception cref="InvalidDataException">The folder is not empty.</exception>
    /// <exception cref="IOException">As for <see cref="RequireFolder"/>.</exception>
    public static void RequireEmptyFolder(string path)
    {
        RequireFolder(path);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new InvalidDataException($"{path} is not empty. Choose another --output.");
    }

    // Creates a file in the nearest existing folder and deletes it at once.
    private static void RequireWritable(string folder, string named)
    {
        string existing = folder;
        while (!Directory.Exists(existing))
        {
            if (File.Exists(existing)) throw new IOException($"{named} cannot be written: {existing} is a file, not a folder.");
            existing = Path.GetDirectoryName(existing)!; // the root exists
        }
        try
        {
            WriteProbe.Of(existing);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{named} cannot be written: there is no permission to write in {existing}. " +
                $"Choose another --output, or change the permissions.", e);
        }
        catch (IOException e)
        {
            // The message of the system may name the file that was tried, which means nothing to the user.
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "no file can be made there"
                : e.Message.Split(" : '")[0];
            throw new IOException($"{named} cannot be written in {existing}: {why.TrimEnd('.')}. Choose another --output.", e.HResult);
        }
    }
}
