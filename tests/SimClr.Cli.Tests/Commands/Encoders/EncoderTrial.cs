using SimClr.Encoders;

namespace SimClr.Cli.Tests.Commands;

/// <summary>The small run of one encoder, and what tests do with it.</summary>
internal sealed class EncoderTrial(EncoderRuns runs, TemporaryFolder folder, string name, string encoder)
{
    private const string Trust = "--trust-script";

    private int outputs;

    public string Name => name;

    public string Encoder => encoder;

    public bool IsScript => encoder.Contains(Trust, StringComparison.Ordinal);

    public string Data => folder.In("images");

    public string Image => folder.In("images", "test", "cat", "16.png");

    public string Run => folder.In(name, "run");

    /// <summary>A new path.</summary>
    public string In(string file) => folder.In(name, file);

    public EncoderTrial Of(string other) => runs.Of(other);

    public void Do(string command)
    {
        if (IsScript && !command.Contains(Trust, StringComparison.Ordinal)) command += $" {Trust}";
        var (code, _, error) = InProcess.Run($"{command} --quiet");
        code.ShouldBe(0, $"{command}: {error}");
    }

    public void Pretrain(string options) => Do($"pretrain --data {Data} {encoder} {EncoderRuns.Small} {options} --output {In($"run{++outputs}")}");

    public float[] Embed(string weights)
    {
        using var trained = TrainedEncoder.Load(weights, trustScript: IsScript);
        return trained.Embed(Image);
    }

    public string FineTuned()
    {
        string output = In("finetuned");
        if (!Directory.Exists(output)) Do($"finetune --weights {Run} --data {Data} --epochs 1 --batch-size 8 --no-scratch --output {output}");
        return output;
    }
}
