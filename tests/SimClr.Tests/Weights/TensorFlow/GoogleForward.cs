namespace SimClr.Tests.Weights;

/// <summary>
/// Google's network, computed by simple loops from its variables with TensorFlow's conventions: (H, W, C) arrays, fixed padding, SAME
/// pooling.
/// </summary>
internal sealed class GoogleForward(TensorBundle weights, int depth, bool selective = false)
{
    private int next, nextNorm;

    private float[] Values(string name) => weights.Floats[name].Values;

    public double[] Encode(double[,,] x)
    {
        next = nextNorm = 0;
        bool deep = weights.Floats["base_model/conv2d_1/kernel"].Shape[0] == 3, large = deep || weights.Floats["base_model/conv2d/kernel"].Shape[0] == 7;
        x = Layer(x, stride: large ? 2 : 1, relu: true);
        if (deep) x = Layer(Layer(x, 1, relu: true), 1, relu: true);
        if (large) x = MaxPool(x);
        int[] groups = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3];
        for (int group = 0; group < 4; group++)
        {
            for (int block = 0; block < groups[group]; block++)
            {
                int stride = block == 0 && group > 0 ? 2 : 1;
                var shortcut = block > 0 ? x : selective ? Layer(Average(x, stride), 1, relu: false) : Layer(x, stride, relu: false);
                if (depth == 18) x = Layer(Layer(x, stride, relu: true), 1, relu: false);
                else
                {
                    x = Layer(Layer(x, 1, relu: true), stride, relu: true);
                    x = Layer(selective ? Select(x) : x, 1, relu: false);
                }
                for (int i = 0; i < x.GetLength(0); i++)
                    for (int j = 0; j < x.GetLength(1); j++)
                        for (int c = 0; c < x.GetLength(2); c++) x[i, j, c] = Math.Max(0, x[i, j, c] + shortcut[i, j, c]);
            }
        }
        var mean = new double[x.GetLength(2)];
        for (int i = 0; i < x.GetLength(0); i++)
            for (int j = 0; j < x.GetLength(1); j++)
                for (int c = 0; c < mean.Length; c++) mean[c] += x[i, j, c] / (x.GetLength(0) * x.GetLength(1));
        return mean;
    }

    public double[] Project(double[] h, int layers)
    {
        for (int layer = 0; layer < layers; layer++)
        {
            bool last = layer == layers - 1;
            string scope = layers == 1 ? "head_contrastive/l_0" : $"head_contrastive/nl_{layer}";
            var z = Dense(h, $"{scope}/dense");
            for (int c = 0; c < z.Length; c++)
            {
                z[c] = Normalize($"{scope}/batch_normalization", c, z[c]);
                if (!last) z[c] = Math.Max(0, z[c]);
            }
            h = z;
        }
        return h;
    }

    public double[] Classify(double[] h) => [.. Dense(h, "head_supervised/linear_layer/dense").Zip(Values("head_supervised/linear_layer/dense/bias"), (a, b) => a + b)];

    private double[] Dense(double[] x, string scope)
    {
        var kernel = Values($"{scope}/kernel"); // (in, out)
        int outputs = kernel.Length / x.Length;
        return [.. Enumerable.Range(0, outputs).Select(o => x.Select((v, i) => v * kernel[i * outputs + o]).Sum())];
    }

    private double Normalize(string scope, int c, double x)
    {
        float beta = weights.Floats.TryGetValue($"{scope}/beta", out var b) ? b.Values[c] : 0;
        return (x - Values($"{scope}/moving_mean")[c]) / Math.Sqrt(Values($"{scope}/moving_variance")[c] + 1e-5) * Values($"{scope}/gamma")[c] + beta;
    }

    // conv2d_fixed_padding and batch_norm_relu: the next convolution and the next norm. Stride 1 is SAME, which equals the fixed padding
    // for odd kernels.
    private double[,,] Layer(double[,,] x, int stride, bool relu, bool normalize = true)
    {
        var (shape, kernel) = weights.Floats[$"base_model/{GoogleCheckpoint.Numbered("conv2d", next++)}/kernel"];
        string norm = normalize ? $"base_model/{GoogleCheckpoint.Numbered("batch_normalization", nextNorm++)}" : "";
        int k = (int)shape[0], inputs = (int)shape[2], outputs = (int)shape[3], before = (k - 1) / 2;
        int height = (x.GetLength(0) + k - 1 - k) / stride + 1, width = (x.GetLength(1) + k - 1 - k) / stride + 1;
        var y = new double[height, width, outputs];
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                for (int o = 0; o < outputs; o++)
                {
                    double sum = 0;
                    for (int u = 0; u < k; u++)
                    {
                        for (int v = 0; v < k; v++)
                        {
                            int row = i * stride + u - before, column = j * stride + v - before;
                            if (row < 0 || column < 0 || row >= x.GetLength(0) || column >= x.GetLength(1)) continue;
                            for (int c = 0; c < inputs; c++) sum += x[row, column, c] * kernel[((u * k + v) * inputs + c) * outputs + o];
                        }
                    }
                    if (normalize) sum = Normalize(norm, o, sum);
                    y[i, j, o] = relu ? Math.Max(0, sum) : sum;
                }
            }
        }
        return y;
    }

    // The second half of sk_conv2d: the mean of the sum of both streams, squeezed and expanded, then a softmax over the streams.
    private double[,,] Select(double[,,] streams)
    {
        int height = streams.GetLength(0), width = streams.GetLength(1), filters = streams.GetLength(2) / 2;
        var features = new double[1, 1, filters];
        for (int i = 0; i < height; i++)
            for (int j = 0; j < width; j++)
                for (int c = 0; c < filters; c++) features[0, 0, c] += (streams[i, j, c] + streams[i, j, filters + c]) / (height * width);
        var mixing = Layer(Layer(features, 1, relu: true), 1, relu: false, normalize: false);
        var y = new double[height, width, filters];
        for (int c = 0; c < filters; c++)
        {
            double first = Math.Exp(mixing[0, 0, c]), second = Math.Exp(mixing[0, 0, filters + c]);
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++) y[i, j, c] = (first * streams[i, j, c] + second * streams[i, j, filters + c]) / (first + second);
        }
        return y;
    }

    // AveragePooling2D of 2 × 2: with stride 2 VALID after a fixed padding of one row and column at the end; with stride 1 SAME.
    private static double[,,] Average(double[,,] x, int stride)
    {
        int height = (x.GetLength(0) + stride - 1) / stride, width = (x.GetLength(1) + stride - 1) / stride;
        var y = new double[height, width, x.GetLength(2)];
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                int rows = Math.Min(2, x.GetLength(0) - i * stride), columns = Math.Min(2, x.GetLength(1) - j * stride);
                for (int c = 0; c < x.GetLength(2); c++)
                {
                    double sum = 0;
                    for (int u = 0; u < rows; u++)
                        for (int v = 0; v < columns; v++) sum += x[i * stride + u, j * stride + v, c];
                    y[i, j, c] = sum / (stride == 2 ? 4 : rows * columns);
                }
            }
        }
        return y;
    }

    // SAME: ⌈side/2⌉ outputs. The required border is split in half; the odd pixel goes to the end.
    private static double[,,] MaxPool(double[,,] x)
    {
        int height = (x.GetLength(0) + 1) / 2, width = (x.GetLength(1) + 1) / 2;
        int top = Math.Max(0, (height - 1) * 2 + 3 - x.GetLength(0)) / 2, left = Math.Max(0, (width - 1) * 2 + 3 - x.GetLength(1)) / 2;
        var y = new double[height, width, x.GetLength(2)];
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                for (int c = 0; c < x.GetLength(2); c++)
                {
                    double max = double.NegativeInfinity;
                    for (int u = Math.Max(0, 2 * i - top); u < Math.Min(x.GetLength(0), 2 * i - top + 3); u++)
                        for (int v = Math.Max(0, 2 * j - left); v < Math.Min(x.GetLength(1), 2 * j - left + 3); v++) max = Math.Max(max, x[u, v, c]);
                    y[i, j, c] = max;
                }
            }
        }
        return y;
    }
}
