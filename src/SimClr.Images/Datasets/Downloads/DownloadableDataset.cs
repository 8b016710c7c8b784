namespace SimClr.Datasets;

/// <summary>A data set that its publishers offer for download.</summary>
/// <param name="Name">The name on the command line: <c>cifar10</c>.</param>
/// <param name="Folder">Its folder in the cache. An archive contains a folder with this name.</param>
/// <param name="Files">The archives, or the files of the folder.</param>
public sealed record DownloadableDataset(string Name, string Folder, IReadOnlyList<DownloadableFile> Files)
{
    private const string Fashion = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";

    /// <summary>The class names by label, for data sets whose files lack them; written to <c>class_names.txt</c>.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>CIFAR-10, CIFAR-100, STL-10 and Fashion-MNIST. The checksums are the publishers'; for STL-10, torchvision's.</summary>
    public static IReadOnlyList<DownloadableDataset> All { get; } =
    [
        new("cifar10", "cifar-10-batches-bin",
            [new(new("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"), "c32a1d4ab5d03f1284b67883e8d87530")]),
        new("cifar100", "cifar-100-binary",
            [new(new("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"), "03b5dce01913d631647c71ecec9e9cb8")]),
        new("stl10", "stl10_binary",
            [new(new("http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz"), "91f7769df0f17e558f3565bffb0c7dfb")]),
        new("fashion-mnist", "fashion-mnist",
        [
            new(new(Fashion + "train-images-idx3-ubyte.gz"), "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            new(new(Fashion + "train-labels-idx1-ubyte.gz"), "25c81989df183df01b3e8a0aad5dffbe"),
            new(new(Fashion + "t10k-images-idx3-ubyte.gz"), "bef4ecab320f06d8554ea6380940ec79"),
            new(new(Fashion + "t10k-labels-idx1-ubyte.gz"), "bb300cfdad3c16e7a12a480ee83cd310"),
        ])
        {
            ClassNames = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        },
    ];

    /// <summary>The data set of this name in <see cref="All"/>, or null.</summary>
    /// <param name="name">The name, as it is spelled there.</param>
    public static DownloadableDataset? Find(string name) => All.FirstOrDefault(dataset => dataset.Name == name);
}
