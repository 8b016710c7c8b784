using SimClr.Datasets;
using SimClr.Images;
using SimClr.Randomness;
using SimClr.Views;

namespace SimClr.Pretraining;

/// <summary>Reads the images of a run and makes pictures of its views before normalisation. One thread at a time.</summary>
internal sealed class ViewPictures
{
    private readonly IImageDataset data;
    private readonly PretrainOptions options;
    private readonly SmallCropOptions small;
    private readonly AugmentedViewRenderer renderer, smallRenderer;
    private readonly DecodeBuffer buffer = new();

    public ViewPictures(IImageDataset data, PretrainOptions options, IReadOnlyList<IAugmentation> augmentations)
    {
        this.data = EncoderImages.For(data, options.Encoder.Channels, options.Preprocessing.Decoding);
        (this.options, small) = (options, options.SmallCrops.For(options.ImageSize));
        var preprocessing = options.Preprocessing with { Mean = [], StandardDeviation = [] };
        var own = new AugmentationList(augmentations);
        renderer = new AugmentedViewRenderer(options.Views, preprocessing, this.data.Channels, own);
        smallRenderer = new AugmentedViewRenderer(options.Views, small.Preprocessing(preprocessing), this.data.Channels, own);
    }

    /// <summary>n, the small crops of a pair.</summary>
    public int SmallCrops => small.Count;

    /// <summary>Reads an image; valid until the next one is read. Null if it is damaged; training reports that.</summary>
    public DecodedImage? Read(int index)
    {
        try
        {
            return data.Read(index, buffer);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>An image that was read, reduced if it is very large.</summary>
    public DecodedImage Original(DecodedImage image) => ViewPicture.Reduce(image, prepared: options.Preprocessing);

    /// <summary>Makes a view of an image that was read; from 2 on a small crop.</summary>
    public DecodedImage Make(DecodedImage image, int index, int epoch, int view)
    {
        var random = new CounterRandom(options.Seed, epoch, index, view);
        int size = view < 2 ? options.ImageSize : small.ImageSize;
        var policy = view < 2 ? options.Views : small.Policy(options.Views);
        float[] planes = new float[data.Channels * size * size];
        (view < 2 ? renderer : smallRenderer).Render(image, policy.Draw(image.Width, image.Height, size, random), random, planes);
        return ViewPicture.Of(planes, data.Channels, size);
    }

    /// <summary>An image's class, or <c>image N</c>.</summary>
    public string Caption(int index) =>
        data.Classes.Count > 0 && data.Label(index) is >= 0 and var label ? data.Classes[label] : $"image {index}";
}
