using SimClr.Runtime;
using SimClr.Views;
using static TorchSharp.torch;

namespace SimClr.Rendering;

/// <summary>The parameters of some views on a device: a row per number, a column per view. Two copies bring them there.</summary>
internal sealed class ViewParameterTensors
{
    private const int Jitters = 4, Brightness = 0, Contrast = 1, Saturation = 2, Hue = 3;

    private readonly Tensor numbers; // (rows, V) float64: offsets need more digits than a float32 has
    private readonly Tensor lists; // int64

    /// <summary>Copies the parameters to the device. The tensors belong to the caller's dispose scope.</summary>
    /// <param name="images">Borrowed.</param>
    /// <param name="which">The image of every view.</param>
    /// <param name="views">All views.</param>
    /// <param name="rows">The views to copy, by index.</param>
    public ViewParameterTensors(PackedImages images, ReadOnlySpan<int> which, ReadOnlySpan<ViewParameters> views, ReadOnlySpan<int> rows)
    {
        var device = images.Pixels.device;
        bool isRgb = images.Channels == 3;
        int n = Count = rows.Length;
        var values = new double[(int)Row.Count, n];
        var (output, blurred, transposed, turned) = (new long[n], new List<long>(), new List<long>(), new List<long>[Jitters]);
        for (int position = 0; position < Jitters; position++) turned[position] = [];
        for (int i = 0; i < n; i++)
        {
            ref readonly var view = ref views[rows[i]];
            var (place, crop) = (images.Places[which[rows[i]]], view.Crop);
            output[i] = rows[i];
            values[(int)Row.Start, i] = place.Offset + (double)images.Channels * ((long)crop.Top * place.Width + crop.Left);
            values[(int)Row.Stride, i] = (double)images.Channels * place.Width;
            values[(int)Row.Width, i] = crop.Width;
            values[(int)Row.Height, i] = crop.Height;
            var orientation = ViewOrientation.Of(view);
            values[(int)Row.Mirrored, i] = orientation.Mirrored ? 1 : 0;
            values[(int)Row.UpsideDown, i] = orientation.UpsideDown ? 1 : 0;
            values[(int)Row.Gray, i] = view.Grayscale ? 1 : 0;
            values[(int)Row.Sigma, i] = view.BlurSigma;
            values[(int)Row.Solarize, i] = view.Solarize ? 1 : 0;
            Largest = (Math.Max(Largest.Width, crop.Width), Math.Max(Largest.Height, crop.Height));
            HasUpsideDown |= orientation.UpsideDown;
            HasGray |= view.Grayscale && isRgb;
            HasSolarized |= view.Solarize;
            if (view.BlurSigma > 0) blurred.Add(i);
            if (orientation.Transposed) transposed.Add(i);
            for (int position = 0; position < Jitters; position++)
            {
                var jitter = view.Jitter.GetValueOrDefault();
                int operation = view.Jitter.HasValue ? jitter.Operation(position) : -1;
                if (!isRgb && operation >= Saturation) operation = -1; // saturation and hue mix R, G and B
                values[(int)Row.Factor + position, i] = operation switch
                {
                    Brightness => jitter.Brightness,
                    Contrast => jitter.Contrast,
                    Saturation => jitter.Saturation,
                    _ => 1,
                };
                values[(int)Row.AroundMean + position, i] = operation == Contrast ? 1 : 0;
                values[(int)Row.AroundGray + position, i] = operation == Saturation ? 1 : 0;
                if (operation == Hue)
                {
                    values[(int)Row.Hue, i] = 6 * (jitter.Hue - Math.Floor(jitter.Hue));
                    turned[position].Add(i);
                }
                Jittered |= operation >= 0;
            }
        }

        using var table = tensor(values);
        using var all = tensor((long[])[.. output, .. blurred, .. transposed, .. turned.SelectMany(list => list)]);
        (numbers, lists) = (DeviceCopy.To(table, device), DeviceCopy.To(all, device));
        OutputRows = lists.narrow(0, 0, n);
        Blurred = lists.narrow(0, n, blurred.Count);
        Transposed = lists.narrow(0, n + blurred.Count, transposed.Count);
        int at = n + blurred.Count + transposed.Count;
        Turned = Array.ConvertAll(turned, list => lists.narrow(0, (at += list.Count) - list.Count, list.Count));
    }

    /// <summary>A row of the table. The rows of the jitter's positions follow the named row.</summary>
    internal enum Row
    {
        /// <summary>The index of the crop's first value.</summary>
        Start,

        /// <summary>Values from one line of the image to the next.</summary>
        Stride,
        Width,
        Height,
        Mirrored,
        UpsideDown,
        Gray,
        Sigma,
        Solarize,

        /// <summary>Factor of brightness, contrast or saturation: x ← centre + (x − centre)·factor; 1 changes nothing.</summary>
        Factor,

        /// <summary>1 if the centre is the mean of the image.</summary>
        AroundMean = Factor + Jitters,

        /// <summary>1 if the centre is the gray value of the pixel.</summary>
        AroundGray = AroundMean + Jitters,

        /// <summary>The shift of the hue, in sixths of the colour circle.</summary>
        Hue = AroundGray + Jitters,
        Count,
    }

    /// <summary>V.</summary>
    public int Count { get; }

    /// <summary>The largest width and height of the crops.</summary>
    public (int Width, int Height) Largest { get; }

    public bool Jittered { get; }

    public bool HasUpsideDown { get; }

    public bool HasGray { get; }

    public bool HasSolarized { get; }

    /// <summary>(V) int64: the row of every view in the output.</summary>
    public Tensor OutputRows { get; }

    /// <summary>int64: the views that are blurred.</summary>
    public Tensor Blurred { get; }

    /// <summary>int64: the views that are transposed.</summary>
    public Tensor Transposed { get; }

    /// <summary>int64 for every position of the jitter: the views whose hue changes there.</summary>
    public IReadOnlyList<Tensor> Turned { get; }

    /// <summary>(V) float64; belongs to the caller's dispose scope.</summary>
    public Tensor this[Row row, int position = 0] => numbers[(int)row + position];

    /// <summary>(V, 1, 1, 1) float32; belongs to the caller's dispose scope.</summary>
    public Tensor Factors(Row row, int position = 0) => this[row, position].to(float32).reshape(-1, 1, 1, 1);
}
