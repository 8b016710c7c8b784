using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>
/// Another data set's images with chosen pages and channels (<see cref="DecodeOptions"/>). Where the images are files, the decoder chooses;
/// other images lose and reorder channels after they are read.
/// </summary>
/// <remarks>Safe to read from several threads at once.</remarks>
internal sealed class ChosenChannels : WrappedDataset
{
    private readonly DecodeOptions options;
    private readonly ChannelCount channels;

    private ChosenChannels(IImageDataset source, DecodeOptions options) : base(source) =>
        (this.options, channels) = (options, new ChannelCount(source.Count, index => Choose(index, new DecodeBuffer()).Channels));

    /// <summary>The images themselves if everything is chosen, in its order; otherwise with the choice.</summary>
    public static IImageDataset Of(IImageDataset images, DecodeOptions options) =>
        options.Equals(new DecodeOptions()) ? images : new ChosenChannels(images, options);

    /// <inheritdoc/>
    public override int Channels => options.Channels.Count > 0 ? options.Channels.Count : channels.Value;

    /// <inheritdoc/>
    public override DecodedImage Read(int index, DecodeBuffer buffer) => ChannelCount.Require(Choose(index, buffer), this, index);

    private DecodedImage Choose(int index, DecodeBuffer buffer)
    {
        var before = buffer.Options;
        (buffer.Options, buffer.HasChosen) = (options, false);
        try
        {
            var image = Source.Read(index, buffer);
            return buffer.HasChosen || options.Channels.Count == 0 ? image : Chosen(image, index);
        }
        finally
        {
            (buffer.Options, buffer.HasChosen) = (before, true); // for a choice outside this one
        }
    }

    private DecodedImage Chosen(DecodedImage image, int index)
    {
        if (options.Channels.FirstOrDefault(channel => channel > image.Channels) is > 0 and var missing)
            throw new InvalidDataException($"{Source.Describe(index)} has {image.Channels} channels, but channel {missing} is chosen " +
                $"(preprocessing.decoding.channels).");
        int size = image.BytesPerValue, pixels = image.Width * image.Height;
        byte[] chosen = GC.AllocateUninitializedArray<byte>(pixels * options.Channels.Count * size);
        var from = image.Bytes.Span;
        for (int pixel = 0, to = 0; pixel < pixels; pixel++)
        {
            for (int i = 0; i < options.Channels.Count; i++, to += size)
                from.Slice((pixel * image.Channels + options.Channels[i] - 1) * size, size).CopyTo(chosen.AsSpan(to));
        }
        return new DecodedImage(chosen, image.Width, image.Height, options.Channels.Count, image.Type);
    }
}
