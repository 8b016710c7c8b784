using SimClr.Models;

namespace SimClr.Encoders;

/// <summary>The convolutions of a <see cref="ResNet"/> with the batch norms after them, known without building it.</summary>
internal static class EncoderLayers
{
    /// <summary>In the order in which Google's <c>resnet.py</c> creates them: a block's shortcut before its other convolutions.</summary>
    /// <param name="options">Its stem is decided.</param>
    /// <returns>State-dict names (no norm follows the last layer of a selective kernel), the side of the kernel and the channels.</returns>
    public static IEnumerable<(string Convolution, string? Norm, int Kernel, int Inputs, int Outputs)> Of(EncoderOptions options)
    {
        var (basic, blocks) = ResNet.BlocksOf(options.Arch);
        int inputs = options.Channels;
        foreach (var (convolution, norm, kernel, _, outputs) in ResNet.StemOf(options))
        {
            yield return (convolution, norm, kernel, inputs, outputs);
            inputs = outputs;
        }
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            int channels = options.BaseChannels << stage, outputs = basic ? channels : channels * BottleneckBlock.Expansion;
            for (int block = 0; block < blocks[stage]; block++)
            {
                string name = $"layer{stage + 1}.{block}";
                if (block == 0 && (options.Layout == ResNetLayout.Google || stage > 0 || inputs != outputs))
                    yield return ($"{name}.downsample.0", $"{name}.downsample.1", 1, inputs, outputs);
                yield return ($"{name}.conv1", $"{name}.bn1", basic ? 3 : 1, inputs, channels);
                yield return ($"{name}.conv2", $"{name}.bn2", 3, channels, options.SelectiveKernels ? 2 * channels : channels);
                if (options.SelectiveKernels)
                {
                    int reduced = SelectiveKernel.Reduced(channels);
                    yield return ($"{name}.select.reduce", $"{name}.select.norm", 1, channels, reduced);
                    yield return ($"{name}.select.expand", null, 1, reduced, 2 * channels);
                }
                if (!basic) yield return ($"{name}.conv3", $"{name}.bn3", 1, channels, outputs);
                inputs = outputs;
            }
        }
    }

    /// <summary>Every tensor of the network's state dict with its shape.</summary>
    /// <param name="options">Its stem is decided.</param>
    public static IEnumerable<(string Name, long[] Shape)> Tensors(EncoderOptions options)
    {
        foreach (var (convolution, norm, kernel, inputs, outputs) in Of(options))
        {
            yield return ($"{convolution}.weight", [outputs, inputs, kernel, kernel]);
            if (norm is null) continue;
            foreach (string part in (string[])["weight", "bias", "running_mean", "running_var"]) yield return ($"{norm}.{part}", [outputs]);
            yield return ($"{norm}.num_batches_tracked", []);
        }
    }
}
