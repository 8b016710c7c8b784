using SimClr.Images;

namespace SimClr.Datasets;

/// <summary>Images by index, with labels if there are any. Safe to read from several threads at once.</summary>
public interface IImageDataset
{
    /// <summary>The name of the data and the part, for people: for example <c>CIFAR-10 train</c>.</summary>
    string Name { get; }

    /// <summary>How many images there are.</summary>
    int Count { get; }

    /// <summary>C, the channels of every image: 3 unless a data set says otherwise.</summary>
    int Channels => 3;

    /// <summary>The names of the classes, by label; empty if the images have no labels.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>Files and labels found beside the images of this part but not used, one entry per kind. Reads no pixels.</summary>
    IReadOnlyList<Omission> Omissions => [];

    /// <summary>The label of image <paramref name="index"/>, in [0, <c>Classes.Count</c>), or −1 if it has none. Reads no pixels.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    int Label(int index);

    /// <summary>
    /// The group of image <paramref name="index"/>: a patient, a place, an object; null if the data names none. Reads no pixels.
    /// </summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    string? Group(int index) => null;

    /// <summary>
    /// The place of image <paramref name="index"/> in a larger picture; null if it was not cut from one. Reads no pixels.
    /// </summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    ImageTile? Tile(int index) => null;

    /// <summary>Whether images may have a <see cref="Tile"/>.</summary>
    bool HasTiles => Count > 0 && Tile(0) is not null;

    /// <summary>The location of image <paramref name="index"/>: a file, or a file and a record in it.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    string Describe(int index);

    /// <summary>
    /// A unique text for image <paramref name="index"/> that costs no reading: <see cref="Describe"/>, unless that has to read something.
    /// </summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    string Place(int index) => Describe(index);

    /// <summary>Decodes image <paramref name="index"/>.</summary>
    /// <param name="index">The image, from 0 to Count − 1.</param>
    /// <exception cref="InvalidDataException">
    /// The image is damaged: its bytes are wrong and stay wrong. The message names the file and, for a record, the offset.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read at the moment: see <see cref="RetryingDataset"/>.</exception>
    DecodedImage Read(int index);

    /// <summary>Decodes image <paramref name="index"/> as <see cref="Read(int)"/> does, into memory that is reused.</summary>
    /// <param name="index">The image.</param>
    /// <param name="buffer">
    /// Borrowed. The image may lie in it, and is then valid until the buffer's next use. The image may be smaller than it is stored, as far
    /// as <see cref="DecodeBuffer.Reduction"/> allows.
    /// </param>
    /// <exception cref="InvalidDataException">As for <see cref="Read(int)"/>.</exception>
    /// <exception cref="IOException">As for <see cref="Read(int)"/>.</exception>
    DecodedImage Read(int index, DecodeBuffer buffer) => Read(index);
}
