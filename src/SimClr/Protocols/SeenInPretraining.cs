using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.RunFolders;

namespace SimClr.Protocols;

/// <summary>Whether the test images of an evaluation were among the images of pretraining, as far as the run's folder tells.</summary>
internal static class SeenInPretraining
{
    /// <summary>What the record of an evaluation says.</summary>
    /// <param name="model">The encoder.</param>
    /// <param name="source">The images of the evaluation.</param>
    /// <param name="messages">Hears it if they were.</param>
    public static string Of(TrainedEncoder model, ImageSource source, IMessages messages)
    {
        if (Settings(model) is not { Data: { } places } run) return "not known";
        switch (source.IsTestAmong(places))
        {
            case true:
                messages.Note("Pretraining saw the test images too, without their labels.");
                return "seen, without their labels";
            case false when !HasChanged(source, run, places):
                return "none of its place: they are of another place or part";
            default:
                return "not known";
        }
    }

    // Whether the places of pretraining have other images than then: images of training may be among those for the test now.
    private static bool HasChanged(ImageSource source, RunSettings run, IReadOnlyList<string> places)
    {
        var then = places.Select(ImageSource.AbsoluteName).Order(StringComparer.Ordinal).ToList();
        if (!source.Names.Order(StringComparer.Ordinal).SequenceEqual(then)) return source.Names.Any(then.Contains); // not all are open
        var now = source.Listed();
        return now.Count != run.ImageCount || (run.ImagesSha256 is { } names && names != DatasetFingerprint.OfNames(now));
    }

    // The weights of a run can be used without its settings.
    private static RunSettings? Settings(TrainedEncoder model)
    {
        try
        {
            return model.Run?.ReadSettings() is { Limit: null } settings ? settings : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
