using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Images by index, with labels where there are any. Safe to read from several threads at once.</summary>
public interface IImageDataset
{
    /// <summary>What a person calls it, with the part: for example <c>CIFAR-10 train</c>.</summary>
    string Name { get; }

    /// <summary>How many images there are.</summary>
    int Count { get; }

    /// <summary>C of every image: 3 unless a data set says otherwise.</summary>
    int Channels => 3;

    /// <summary>The names of the classes, by label; empty where the images have no labels.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>What lies beside the images of this part and is not used, each kind once; empty where all is. Reads no pixels.</summary>
    IReadOnlyList<Omission> Omissions => [];

    /// <summary>The label of image <paramref name="index"/>, in [0, <c>Classes.Count</c>), or −1 where it has none. Reads no pixels.</summary>
    int Label(int index);

    /// <summary>Where image <paramref name="index"/> lies: a file, or a file and the record in it.</summary>
    string Describe(int index);

    /// <summary>Tells image <paramref name="index"/> from the others at once, as <see cref="Describe"/> does unless that has to read something.</summary>
    string Place(int index) => Describe(index);

    /// <summary>Decodes image <paramref name="index"/>.</summary>
    /// <exception cref="InvalidDataException">It is damaged: its bytes are wrong, now and later. The message names the file and, for a record, the offset.</exception>
    /// <exception cref="IOException">Its file cannot be read, for the time being: see <see cref="RetryingDataset"/>.</exception>
    DecodedImage Read(int index);

    /// <summary>Decodes image <paramref name="index"/> as <see cref="Read(int)"/> does, where decoding is needed, into memory that is used again.</summary>
    /// <param name="index">Which.</param>
    /// <param name="buffer">Borrowed; the image may lie in it, and is good until it is used again. The image may be smaller than it is stored, by what <see cref="DecodeBuffer.Reduction"/> allowed.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Read(int)"/>.</exception>
    /// <exception cref="IOException">As for <see cref="Read(int)"/>.</exception>
    DecodedImage Read(int index, DecodeBuffer buffer) => Read(index);
}
