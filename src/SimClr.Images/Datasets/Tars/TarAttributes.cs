using System.Globalization;
using System.Text;

namespace SimClr.Datasets;

/// <summary>The attributes in the extended headers before a member of a tar. They replace those in its own header.</summary>
internal sealed class TarAttributes
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Its path; null if no extended header has one.</summary>
    public string? Name { get; private set; }

    /// <summary>The target of a link.</summary>
    public string? Link { get; private set; }

    /// <summary>The length of its data in bytes; null if no extended header has one.</summary>
    public long? Size { get; private set; }

    /// <summary>Whether its data is a sparse map and the bytes between the holes.</summary>
    public bool IsSparse { get; private set; }

    /// <summary>Adds an extended header.</summary>
    /// <param name="type">
    /// GNU's <c>L</c> (a name) or <c>K</c> (a link's target), pax's <c>x</c>, Solaris's <c>X</c>. <c>g</c> applies to all later members and
    /// has nothing that is needed here.
    /// </param>
    /// <param name="text">Its data.</param>
    /// <returns>False if the data is malformed.</returns>
    public bool Add(char type, ReadOnlySpan<byte> text)
    {
        if (type == 'L') Name = Text(text);
        if (type == 'K') Link = Text(text);
        return type is not ('x' or 'X') || AddPax(text);
    }

    /// <summary>The name in a header of 512 bytes, including the prefix of ustar.</summary>
    public static string NameIn(ReadOnlySpan<byte> header)
    {
        string name = Text(header[..100]);
        bool isUstar = header.Slice(257, 6).SequenceEqual("ustar\0"u8);
        return isUstar && header[345] != 0 ? $"{Text(header.Slice(345, 155))}/{name}" : name;
    }

    /// <summary>A text up to its first zero byte: UTF-8, else one character per byte, so that different names stay different.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        if (field.IndexOf((byte)0) is >= 0 and var end) field = field[..end];
        try
        {
            return Strict.GetString(field);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(field);
        }
    }

    // Lines of "length key=value\n". The length is that of the line.
    private bool AddPax(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            int space = lines.IndexOf((byte)' ');
            if (space < 1 || !int.TryParse(lines[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length)) return false;
            if (length <= space + 2 || length > lines.Length || lines[length - 1] != '\n') return false;
            var line = lines[(space + 1)..(length - 1)];
            int equals = line.IndexOf((byte)'=');
            if (equals < 1 || !AddPax(Text(line[..equals]), line[(equals + 1)..])) return false;
            lines = lines[length..];
        }
        return true;
    }

    private bool AddPax(string key, ReadOnlySpan<byte> value)
    {
        if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal)) IsSparse = true;
        if (key is "GNU.sparse.name" || (key is "path" && Name is null)) Name = Text(value);
        if (key is "linkpath") Link = Text(value);
        if (key is not "size") return true;
        Size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : null;
        return Size is not null;
    }
}
