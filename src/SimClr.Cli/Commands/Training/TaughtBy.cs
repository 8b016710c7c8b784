using SimClr.Encoders;
using SimClr.Images;
using SimClr.Losses;
using SimClr.Recipes;
using TorchSharp;

namespace SimClr.Cli.Commands;

/// <summary>The teacher of a run: its loss, and the settings that a student takes from it.</summary>
internal sealed class TaughtBy : IDisposable
{
    private readonly TrainedEncoder? encoder;

    private TaughtBy(TrainedEncoder? encoder, TeacherLoss loss) => (this.encoder, Loss) = (encoder, loss);

    public TeacherLoss Loss { get; }

    /// <summary>Those of the teacher's network and images, if they are known.</summary>
    public IReadOnlyList<Setting> Settings => encoder?.ToSettings() ?? [];

    /// <summary>Loads the teacher from a run folder or a file of weights.</summary>
    public static TaughtBy Weights(string path, torch.Device device, IMessages messages)
    {
        var encoder = TrainedEncoder.Load(path, device, messages);
        try
        {
            return new TaughtBy(encoder, encoder.ToTeacher());
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Loads a TorchScript module.</summary>
    public static TaughtBy Script(string path, Preprocessing preprocessing, torch.Device device) =>
        new(null, TeacherLoss.OfScript(path, preprocessing, device: device));

    public void Dispose()
    {
        Loss.Dispose();
        encoder?.Dispose();
    }
}
