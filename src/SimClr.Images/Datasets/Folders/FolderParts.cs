using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>The folders of the parts of a data set, as paths relative to the root; empty for the root itself.</summary>
/// <param name="Train">The training part.</param>
/// <param name="Test">The test part; null if there is none.</param>
/// <param name="Unlabelled">Images without labels, for pretraining; null if there are none.</param>
/// <param name="Omissions">What is found beside the parts and not used.</param>
internal sealed record FolderParts(string Train, string? Test, string? Unlabelled, IReadOnlyList<Omission> Omissions)
{
    private const int MostWrappers = 3;

    private static readonly string[] SurelyTest = ["test", "val", "validation"];

    /// <summary>Finds the parts in the root, or in its only folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="only">The files that are wanted; null for all.</param>
    /// <exception cref="InvalidDataException">The root has a test part but no training part.</exception>
    public static FolderParts Of(string root, PathPattern? only = null)
    {
        string at = "";
        for (int depth = 0; depth <= MostWrappers; depth++)
        {
            var (files, folders) = ImageFiles.In(root, at, only);
            if (only is not null) folders.RemoveAll(folder => !ImageFiles.Any(root, PortablePath.Combine(at, folder), only));
            if (In(root, only, at, files, folders) is { } parts) return parts;
            if (files.Images.Count > 0 || folders.Count != 1) break;
            at = PortablePath.Combine(at, folders[0]);
        }
        return new("", null, null, []);
    }

    private static FolderParts? In(string root, PathPattern? only, string at, ImageFiles files, List<string> folders)
    {
        var named = folders.Select(folder => (Folder: folder, Name: PartName.Of(folder)))
            .Where(folder => folder.Name is not null)
            .OrderBy(folder => folder.Name!.Rank) // then by name, as listed
            .ToLookup(folder => (folder.Name!.Affix, folder.Name.Kind), folder => folder.Folder);
        foreach (string affix in named.Select(group => group.Key.Affix).Distinct().Order(StringComparer.Ordinal))
        {
            List<string> train = [.. named[(affix, PartName.Part.Train)]], test = [.. named[(affix, PartName.Part.Test)]];
            string? unlabelled = named[(affix, PartName.Part.Unlabelled)].FirstOrDefault();
            if (train.Count > 0 && test.Count > 0)
                return new Found(root, only, at, files, folders).Parts(train[0], TestOf(root, at, train[0], test), unlabelled);
            if (affix.Length == 0 && train.Count > 0 && files.Images.Count == 0
                && folders.Except([train[0], unlabelled]).All(other => !ImageFiles.Any(root, PortablePath.Combine(at, other!), only)))
                return new Found(root, only, at, files, folders).Parts(train[0], null, unlabelled);
        }
        bool hasTrain = named[("", PartName.Part.Train)].Any();
        if (at.Length == 0 && !hasTrain && folders.Find(
            folder => SurelyTest.Contains(folder, StringComparer.OrdinalIgnoreCase)) is { } alone)
        {
            throw new InvalidDataException(
                $"{root} has a test part, {alone}, but no folder train beside it; move the training images " +
                $"to {PortablePath.Combine(root, "train")}, or rename {alone} if it is not a test part.");
        }
        return null;
    }

    // Some data sets have a test part without labels and a labelled validation part. Then the validation part is used.
    private static string TestOf(string root, string at, string train, List<string> tests)
    {
        if (tests.Count == 1) return tests[0];
        if (tests.Find(test => Annotations.Of(root, PortablePath.Combine(at, test)) is not null) is { } annotated) return annotated;
        var classes = ImageFiles.In(root, PortablePath.Combine(at, train)).Folders;
        return tests.Find(test => ImageFiles.In(root, PortablePath.Combine(at, test)).Folders.Intersect(classes).Any()) ?? tests[0];
    }

    private sealed record Found(string Root, PathPattern? Only, string At, ImageFiles Files, List<string> Folders)
    {
        public FolderParts Parts(string train, string? test, string? unlabelled)
        {
            var omitted = new OmissionCounter();
            string parts = string.Join(" and ", new[] { train, test, unlabelled }.OfType<string>());
            foreach (string image in Files.Images)
                omitted.Add("image", $"the parts are the folders {parts}, and it lies beside them", PortablePath.Combine(Root, At, image));
            foreach (string folder in Folders.Except([train, test, unlabelled])
                .OfType<string>().Where(folder => ImageFiles.Any(Root, PortablePath.Combine(At, folder), Only)))
            {
                bool isTest = PartName.Of(folder)?.Kind == PartName.Part.Test && test is not null;
                omitted.Add(isTest ? "test part" : "folder", isTest ? $"{test} is the test part" : $"the parts are {parts}, and " +
                    $"it lies beside them", PortablePath.Combine(Root, At, folder), isTest);
            }
            return new(PortablePath.Combine(At, train), test is null ? null : PortablePath.Combine(At, test),
                unlabelled is null ? null : PortablePath.Combine(At, unlabelled), [.. omitted.ToList(), .. Files.Omissions]);
        }
    }
}
