using SimClr.Datasets;
using SimClr.Pretraining;
using static TorchSharp.torch;

namespace SimClr.Runs;

/// <summary>Examines images, options and machine before a long run: a scan of the images and a few real steps. Nothing is saved.</summary>
public static class Doctor
{
    /// <summary>Gathers the facts that <see cref="ConfigurationChecks"/> judge.</summary>
    /// <param name="source">Where the images are.</param>
    /// <param name="given">The run's options; what the images decide is derived here.</param>
    /// <param name="limit">A seeded subset of so many images; null for all.</param>
    /// <param name="groupColumn">The list of groups where <see cref="PretrainOptions.Positives"/> is a column of one; else null.</param>
    /// <param name="decoded">Images of each part to decode, about; every image is read in any case.</param>
    /// <param name="device">Where the run would train.</param>
    /// <param name="threads">Threads that read images and make views.</param>
    /// <param name="messages">Shows progress.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ConfigurationException">The list of groups is missing, or the groups are those of a program of its own.</exception>
    /// <exception cref="InvalidDataException">There are no images, or none can be read, or the list of groups is damaged.</exception>
    public static DoctorFacts Examine(
        ImageSource source, PretrainOptions given, int? limit, GroupColumn? groupColumn, int decoded, Device device, int threads, IMessages messages, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(messages);
        given.Validate();
        var images = source.ForPretraining(limit, given.Seed);
        var options = given.For(ImageSource.LargestSide(images));
        var groups = PositiveGroups.Of(options, images, groupColumn, own: null, messages);
        messages.Note("Measuring a few training steps …");
        var trial = images.Count < 2 ? null : TrainingEstimate.Of(options, images, device, threads, cancellation, groups);
        var train = DatasetScan.Of("train", images, decoded, threads, messages, cancellation);
        var test = source.Parts(ImagePart.All) is [_, var (name, held)] ? DatasetScan.Of(name, held, decoded, threads, messages, cancellation) : null;
        return new DoctorFacts(options, train, test, trial, TrainingEstimate.Available(device)) { Groups = groups };
    }
}
