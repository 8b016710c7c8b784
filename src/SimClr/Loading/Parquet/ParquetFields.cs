using Parquet.Schema;
using SimClr.IO;

namespace SimClr.Loading;

/// <summary>Finds the columns of the images and the labels in the schema of a Parquet file.</summary>
internal sealed class ParquetFields
{
    private static readonly string[] ImageNames = ["image", "img"], LabelNames = ["label"];
    private readonly string file;
    private readonly IReadOnlyList<(string Name, DataField Field)> leaves;

    /// <summary>Finds the columns.</summary>
    /// <exception cref="InvalidDataException">There is no column of images, or one has another type.</exception>
    /// <exception cref="ConfigurationException">Several columns are possible, or a chosen one does not exist.</exception>
    public ParquetFields(string file, ParquetSchema schema, HuggingFaceFeatures features, ParquetColumns columns)
    {
        this.file = file;
        leaves = [.. schema.GetDataFields().Select(field => (string.Join('.', field.Path.ToList()), field))];
        string[] possible = [.. leaves.Where(leaf => IsBytes(leaf.Field) && !IsList(leaf.Field)).Select(leaf => ImageOf(leaf.Name))];
        ImageName = columns.Image ?? Only("--image-column", features.Images) ?? ImageNames.FirstOrDefault(possible.Contains)
            ?? Only("--image-column", possible)
            ?? throw new InvalidDataException($"{file} has no column of images: none holds bytes. It has {Shown}.");
        Bytes = Leaf(ImageName + ".bytes") ?? Leaf(ImageName) ?? throw None("--image-column", ImageName);
        Path = Bytes == Leaf(ImageName + ".bytes") && Leaf(ImageName + ".path") is { } beside && IsText(beside) ? beside : null;
        if (!IsBytes(Bytes) || IsList(Bytes))
            throw new InvalidDataException($"{file}: the column {ImageName} holds {KindOf(Bytes)}; " +
                $"an image of a row is bytes, or a pair of bytes and path.");
        LabelName = columns.Label ?? LabelNames.FirstOrDefault(name => Leaf(name) is { } field && IsLabel(field) && !IsList(field))
            ?? Only("--label-column", [.. features.Labels.Keys]);
        if (LabelName is null or "") return;
        Label = Leaf(LabelName) ?? throw None("--label-column", LabelName);
        if (!IsLabel(Label) || IsList(Label))
            throw new InvalidDataException($"{file}: the column {LabelName} holds {KindOf(Label)}; " +
                $"labels are numbers or texts.");
    }

    public string ImageName { get; }

    public DataField Bytes { get; }

    /// <summary>The names of the image files; null if the file has none.</summary>
    public DataField? Path { get; }

    public string? LabelName { get; }

    public DataField? Label { get; }

    private string Shown => Excerpt.Of(string.Join(", ", leaves.Select(leaf => leaf.Name)));

    private DataField? Leaf(string name) => leaves.FirstOrDefault(leaf => leaf.Name == name).Field;

    private string? Only(string option, IReadOnlyList<string> names) => names.Count switch
    {
        0 => null,
        1 => names[0],
        _ => throw new ConfigurationException($"{file} has several such columns ({string.Join(", ", names)}). Choose one with {option}."),
    };

    private ConfigurationException None(string option, string name) =>
        new($"{option}: {file} has no column {name}; it has {Shown}" +
            $"{(Spelling.Nearest(name, leaves.Select(leaf => leaf.Name)) is { } nearest ? $"; did you mean {nearest}?" : ".")}");

    private static string ImageOf(string leaf) => leaf.EndsWith(".bytes", StringComparison.Ordinal) ? leaf[..^".bytes".Length] : leaf;

    private static bool IsList(DataField field) => field.MaxRepetitionLevel > 0;

    private static bool IsBytes(DataField field) => field.ClrType == typeof(ReadOnlyMemory<byte>) || field.ClrType == typeof(byte[]);

    private static bool IsText(DataField field) => field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(string);

    private static string KindOf(DataField field) =>
        IsList(field) ? "lists" : IsText(field) ? "texts" : IsBytes(field) ? "bytes" : field.ClrType.Name;

    private static bool IsLabel(DataField field) =>
        IsText(field) || Type.GetTypeCode(field.ClrType) is TypeCode.Boolean or (>= TypeCode.SByte and <= TypeCode.Double);
}
