using SimClr.Encoders;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Recipes;
using TorchSharp;

namespace SimClr.Cli.Commands;

/// <summary>The teacher of a run: its loss, and the settings that a student takes from it.</summary>
internal sealed class TaughtBy : IDisposable
{
    private readonly TrainedEncoder encoder;

    private TaughtBy(TrainedEncoder encoder, TeacherLoss loss) => (this.encoder, Loss) = (encoder, loss);

    public TeacherLoss Loss { get; }

    /// <summary>Those of the teacher's network and images. A student of a TorchScript module has the default network.</summary>
    public IReadOnlyList<Setting> Settings => [.. encoder.ToSettings().Where(setting => !encoder.Options.Encoder.HasOwnNames
        || setting.Key == "encoder.channels" || !setting.Key.StartsWith("encoder.", StringComparison.Ordinal))];

    /// <summary>Loads the teacher from a run folder or a file of weights.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="images">The images that it takes; null: those of its training.</param>
    /// <param name="device">The device of the training.</param>
    /// <param name="messages">Receives what was found.</param>
    /// <param name="trustScript">Allows the program of a TorchScript module to run.</param>
    public static TaughtBy Load(string path, Preprocessing? images, torch.Device device, IMessages messages, bool trustScript)
    {
        var encoder = TrainedEncoder.Load(path, device, messages, trustScript);
        try
        {
            return new TaughtBy(encoder, encoder.ToTeacher(images));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Loss.Dispose();
        encoder.Dispose();
    }
}
