using SimClr.Datasets;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>
/// Examines images, options and machine before a long run, with a scan of the images and a few real steps. Nothing is saved.
/// </summary>
public static class Doctor
{
    /// <summary>Gathers the facts for <see cref="ConfigurationChecks"/>.</summary>
    /// <param name="source">The images.</param>
    /// <param name="given">The options of the run. Values that depend on the images are derived here.</param>
    /// <param name="limit">The size of a seeded subset; null for all images.</param>
    /// <param name="groupColumn">The list of groups if <see cref="PretrainOptions.Positives"/> is a column; else null.</param>
    /// <param name="decoded">About the number of images to decode per part. Every image is read in any case.</param>
    /// <param name="device">The device for training.</param>
    /// <param name="threads">Threads that read images and make views.</param>
    /// <param name="messages">Receives progress.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">The list of groups is missing, or the groups are custom ones of a program.</exception>
    /// <exception cref="InvalidDataException">There are no images, no image can be read, or the list of groups is damaged.</exception>
    public static DoctorFacts Examine(
        ImageSource source, PretrainOptions given, int? limit, GroupColumn? groupColumn, int decoded, Device device, int threads,
        IMessages messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(messages);
        given.Validate();
        var images = source.ForPretraining(limit, given.Seed);
        var options = given.For(images);
        var groups = PositiveGroups.Of(options, images, groupColumn, own: null, messages);
        messages.Note("Measuring a few training steps …");
        var trial = images.Count < 2 ? null : TrainingEstimate.Of(options, images, device, threads, cancellationToken, groups);
        var train = DatasetScan.Of(
            "train", images, decoded, threads, messages, cancellationToken, options.Preprocessing.Decoding);
        var test = source.Parts(
            ImagePart.All) is [_, var (name, held)] ? DatasetScan.Of(
                name, held, decoded, threads, messages, cancellationToken, options.Preprocessing.Decoding) : null;
        return new DoctorFacts(options, train, test, trial, TrainingEstimate.Available(device)) { Groups = groups };
    }
}
