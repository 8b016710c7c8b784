using SimClr.IO;

namespace SimClr.Datasets;

/// <summary>A file of records of one fixed size, as CIFAR and STL-10 use them.</summary>
internal static class RecordFile
{
    /// <summary>The number of records, from the length of the file.</summary>
    /// <exception cref="InvalidDataException">The file is missing or empty, or its last record is incomplete.</exception>
    public static int Count(string path, int recordBytes)
    {
        RegularFile.Require(path);
        var file = new FileInfo(path);
        if (!file.Exists) throw new InvalidDataException($"{path} is missing.");
        if (file.Length == 0) throw new InvalidDataException($"{path}: the file is empty; it should hold records of {recordBytes} bytes.");

        var (records, rest) = Math.DivRem(file.Length, recordBytes);
        if (rest != 0)
        {
            throw new InvalidDataException(
                $"{path}: {file.Length} bytes are no whole number of records of {recordBytes} bytes; the last record breaks off: " +
                $"it starts at offset {records * recordBytes} and has {rest} bytes.");
        }

        return records <= Array.MaxLength ? (int)records
            : throw new InvalidDataException($"{path}: {records} records are more than the {Array.MaxLength} that are read.");
    }

    /// <summary>The class names in a text file, one per line; <paramref name="builtIn"/> if the file does not exist.</summary>
    /// <exception cref="InvalidDataException">The file has fewer names than classes.</exception>
    public static string[] ReadNames(string path, string[] builtIn)
    {
        if (!File.Exists(path)) return builtIn;
        string[] names = ClassNames.Read(path);
        return names.Length >= builtIn.Length
            ? names
            : throw new InvalidDataException($"{path}: {names.Length} class names; there are {builtIn.Length} classes.");
    }
}
