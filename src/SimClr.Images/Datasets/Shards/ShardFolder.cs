namespace SimClr.Datasets;

/// <summary>
/// The tars of the training and the test part. The path is a tar, a folder of tars, or a folder with <c>train</c> and <c>test</c>.
/// </summary>
/// <param name="Train">Absolute paths, in ordinal order.</param>
/// <param name="Test">Empty if there is no test part.</param>
/// <param name="Classes">The lines of <c>classnames.txt</c>; null if it does not exist.</param>
internal sealed record ShardFolder(IReadOnlyList<string> Train, IReadOnlyList<string> Test, string[]? Classes)
{
    /// <summary>The file of class names, beside the tars or above their folder.</summary>
    public const string ClassesFile = "classnames.txt";

    private static readonly string[] TestNames = ["test", "val", "validation"];

    /// <summary>Whether a path is a tar, or a folder with tars in it or in its training part.</summary>
    public static bool IsIn(string path) =>
        File.Exists(path) ? IsTar(path) : TarsIn(path).Count > 0 || TarsIn(Path.Combine(path, "train")).Count > 0;

    /// <summary>Finds the tars by their names; opens none.</summary>
    /// <exception cref="InvalidDataException">Training and test shards are in one folder, or there is only a test part.</exception>
    public static ShardFolder Of(string path)
    {
        if (File.Exists(path)) return new([path], [], Names(Path.GetDirectoryName(Path.GetFullPath(path))!));
        var here = TarsIn(path);
        if (here.Count == 0)
        {
            string test = TestNames.FirstOrDefault(name => TarsIn(Path.Combine(path, name)).Count > 0, TestNames[0]);
            return new(TarsIn(Path.Combine(path, "train")), TarsIn(Path.Combine(path, test)), Names(path));
        }
        if (((string[])["train", .. TestNames]).FirstOrDefault(name => TarsIn(Path.Combine(path, name)).Count > 0) is { } part)
            throw new InvalidDataException($"{path} holds tars ({Path.GetFileName(here[0])}), and so does its folder {part}: name one of " +
                $"both, or move the others elsewhere.");
        if (here.FirstOrDefault(tar => Says(tar, ["train"])) is { } training
            && here.FirstOrDefault(tar => Says(tar, TestNames)) is { } testing)
            throw new InvalidDataException($"{path} holds training and test shards, for example {Path.GetFileName(training)} and " +
                $"{Path.GetFileName(testing)}; put them into folders train and test.");
        return new(here, [], Names(path));
    }

    /// <summary>Whether a file is a tar, by its extension.</summary>
    public static bool IsTar(string path) => path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    private static List<string> TarsIn(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder)
                .Where(path => IsTar(path) && Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal)]
            : [];

    // imagenet-val-000000.tar contains the word val; valley-000000.tar does not.
    private static bool Says(string tar, string[] names) =>
        Path.GetFileNameWithoutExtension(tar).Split('-', '_', '.').Intersect(names, StringComparer.OrdinalIgnoreCase).Any();

    private static string[]? Names(string folder)
    {
        folder = Path.GetFullPath(folder);
        string file = Path.Combine(folder, ClassesFile);
        // The parts of a packed set have it above them.
        if (!File.Exists(file) && PartName.Of(Path.GetFileName(folder)) is not null) file = Path.Combine(folder, "..", ClassesFile);
        return File.Exists(file) ? ClassNames.Read(file) : null;
    }
}
