using System.Runtime.InteropServices;
using System.Text;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;

namespace SimClr.Tests.Weights;

public sealed class OnnxFileTests
{
    // The field numbers of onnx.proto, read by an independent parser.
    [Fact]
    public void The_bytes_contain_versions_operators_docs_and_folded_weights()
    {
        var preprocessing = new Preprocessing { ImageSize = 32, Mean = [0.5, 0.25, 0.125], StandardDeviation = [0.2, 0.3, 0.4] };
        using var trial = new OnnxTrial(OnnxTrial.Build(new ResNetOptions { Width = 0.125 }, 32), preprocessing, new OnnxOptions { Preprocessing = false });
        var model = Fields(File.ReadAllBytes(trial.Path)).ToLookup(f => f.Field);
        model[1].Single().Number.ShouldBe(8); // ONNX 1.13, of January 2023
        Text(model[3].Single()).ShouldBe(typeof(OnnxEncoder).Assembly.GetName().Version!.ToString(3));
        Fields(model[8].Single().Bytes).Single(f => f.Field == 2).Number.ShouldBe(18);

        var graph = Fields(model[7].Single().Bytes).ToLookup(f => f.Field);
        var operators = graph[1].Select(n => Text(Fields(n.Bytes).Single(f => f.Field == 4))).CountBy(o => o).ToDictionary();
        operators.ShouldBe(new Dictionary<string, int> { ["Conv"] = 20, ["Relu"] = 17, ["Add"] = 8, ["GlobalAveragePool"] = 1, ["Flatten"] = 1 }, ignoreOrder: true);
        Text(Fields(graph[11].Single().Bytes).Single(f => f.Field == 3))
            .ShouldContain("values in [0, 1], minus (0.5, 0.25, 0.125), divided by (0.2, 0.3, 0.4)");
        Text(Fields(graph[12].Single().Bytes).Single(f => f.Field == 3)).ShouldStartWith("Representation");

        var constants = graph[5].Select(c => Fields(c.Bytes).ToLookup(f => f.Field)).ToDictionary(c => Text(c[8].Single()));
        constants.Count.ShouldBe(40);
        const string Name = "layer2.0.downsample.";
        constants[$"{Name}0.weight"][1].Select(d => d.Number).ShouldBe([16, 8, 1, 1]);
        float[] weight = Floats(constants[$"{Name}0.weight"][9].Single()), bias = Floats(constants[$"{Name}0.bias"][9].Single());
        var state = trial.Encoder.state_dict();
        float[] Values(string name) => state[name].detach().reshape(-1).data<float>().ToArray();
        float[] w = Values($"{Name}0.weight"), gamma = Values($"{Name}1.weight"), beta = Values($"{Name}1.bias"), mean = Values($"{Name}1.running_mean"), variance = Values($"{Name}1.running_var");
        for (int o = 0; o < 16; o++)
        {
            double scale = gamma[o] / Math.Sqrt(variance[o] + 1e-5);
            for (int i = 0; i < 8; i++) weight[8 * o + i].ShouldBe((float)(w[8 * o + i] * scale), 1e-7);
            bias[o].ShouldBe((float)(beta[o] - mean[o] * scale), 1e-7);
        }
    }

    private static string Text((int, long, byte[] Bytes) field) => Encoding.UTF8.GetString(field.Bytes);

    private static float[] Floats((int, long, byte[] Bytes) field) => MemoryMarshal.Cast<byte, float>(field.Bytes).ToArray();

    private static IEnumerable<(int Field, long Number, byte[] Bytes)> Fields(byte[] message)
    {
        int at = 0;
        long Varint()
        {
            long value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = message[at++];
                value |= (long)(next & 127) << shift;
                if (next < 128) return value;
            }
        }

        while (at < message.Length)
        {
            int tag = (int)Varint();
            switch (tag & 7)
            {
                case 0:
                    yield return (tag >> 3, Varint(), []);
                    break;
                case 2:
                    int length = (int)Varint();
                    yield return (tag >> 3, length, message[at..(at += length)]);
                    break;
                case 5:
                    yield return (tag >> 3, 0, message[at..(at += 4)]);
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7} at {at}");
            }
        }
    }
}
