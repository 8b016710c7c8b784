using SimClr.Datasets;
using SimClr.Encoders;

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
        if (Places(model) is not { } places) return "not known";
        switch (source.IsTestAmong(places))
        {
            case true:
                messages.Note("Pretraining saw the test images too, without their labels.");
                return "seen, without their labels";
            case false:
                return "none of its place: they are of another place or part";
            default:
                return "not known";
        }
    }

    // The weights of a run can be used without its settings.
    private static IReadOnlyList<string>? Places(TrainedEncoder model)
    {
        try
        {
            return model.Run?.ReadSettings() is { Limit: null } settings ? settings.Data : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
