using System.Buffers.Binary;
using System.Text;

namespace SimClr.Weights;

/// <summary>
/// Reads Python's pickle format as far as saved state dicts need it, and executes nothing. A pickle is a program for a small stack machine;
/// this reader knows only the instructions that make plain values. Calls in a pickle are resolved by name in <see cref="PyTorchObjects"/>,
/// a closed list. Anything else becomes an empty placeholder. Time and memory are linear in the length of the pickle.
/// </summary>
/// <remarks>
/// Values: null, bool, long, double, string, object?[] (a tuple), List&lt;object?&gt;, Dictionary&lt;string, object?&gt; (other keys are
/// dropped, with their values), storages and the results of <see cref="PyTorchObjects"/>. Source: the opcodes in CPython's
/// <c>pickletools.py</c>, protocols 2 to 5.
/// </remarks>
internal sealed partial class PickleReader(Stream stream, string name)
{
    /// <summary>The largest length of a pickle; that of a ResNet-152 is about 200 kB.</summary>
    private const long MaxBytes = 1 << 26;

    /// <summary>The largest number of values in a pickle.</summary>
    private const int MaxValues = 1_000_000;

    private static readonly object Mark = new();

    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private readonly Dictionary<string, PyTorchStorage> storages = [];
    private long begin;
    private int made;

    /// <summary>All storages so far by key, including those that no tensor of a dict uses.</summary>
    public IReadOnlyDictionary<string, PyTorchStorage> Storages => storages;

    /// <summary>Reads the pickle at the stream's position. Afterwards the stream is behind it.</summary>
    /// <exception cref="InvalidDataException">
    /// The pickle is damaged, too large, or uses something unknown. The message names the offset.
    /// </exception>
    public object? Read()
    {
        stack.Clear();
        memo.Clear();
        (begin, made) = (stream.Position, 0);
        while (true)
        {
            long at = stream.Position;
            byte opcode = Byte();
            if (opcode == (byte)'.') return stack.Count == 1 ? stack[0] : throw Broken($"ends with {stack.Count} values", at);
            Execute(opcode, at);
        }
    }

    private void Push(object? value)
    {
        if (++made > MaxValues) throw Broken($"makes more than {MaxValues} values", stream.Position);
        stack.Add(value);
    }

    private object? Pop(long at)
    {
        if (stack.Count == 0 || stack[^1] == Mark) throw Broken("takes a value that is not there", at);
        var value = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private T Pop<T>(long at)
        where T : class => Pop(at) as T ?? throw Broken($"has another kind of value where a {Kind(typeof(T))} belongs", at);

    private T Top<T>(long at)
        where T : class => stack is [.., T top] ? top : throw Broken($"has no {Kind(typeof(T))} where one belongs", at);

    private object?[] PopToMark(long at)
    {
        int mark = stack.LastIndexOf(Mark);
        if (mark < 0) throw Broken("takes values up to a mark that is not there", at);
        object?[] values = [.. stack.Skip(mark + 1)];
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private byte Byte()
    {
        Require(1);
        return (byte)stream.ReadByte();
    }

    private void Require(long count)
    {
        long at = stream.Position;
        if (count < 0 || count > begin + MaxBytes - at) throw Broken($"is longer than the {MaxBytes} bytes that are read", at);
        if (count > stream.Length - at) throw Broken($"asks for {count} bytes and the data ends at {stream.Length}", at);
    }

    private byte[] Bytes(long count)
    {
        Require(count);
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    private long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    private string Text(long length, long at)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw Broken("has a text that is not UTF-8", at);
        }
    }

    // Python 2's str: text or arbitrary bytes.
    private object TextOrBytes(long length) =>
        Bytes(length) is var bytes && System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
            : new PyTorchPlaceholder("bytes");

    // Skips content that is not needed.
    private PyTorchPlaceholder Passed(long length)
    {
        _ = Bytes(length);
        return new PyTorchPlaceholder("bytes");
    }

    private string Line()
    {
        var line = new List<byte>();
        for (byte b = Byte(); b != (byte)'\n'; b = Byte())
        {
            if (line.Count == PyTorchObjects.LongestName)
                throw Broken($"has a name of more than {PyTorchObjects.LongestName} bytes", stream.Position);
            line.Add(b);
        }
        return Encoding.Latin1.GetString([.. line]);
    }

    private PyTorchGlobal Named(string module, string attribute, long at) => module.Length + attribute.Length <= PyTorchObjects.LongestName
        ? new PyTorchGlobal($"{module}.{attribute}")
        : throw Broken($"has a name of more than {PyTorchObjects.LongestName} bytes", at);

    private string Where(long at) => $"{name}: at offset {at}";

    private InvalidDataException Broken(string what, long at) => new($"{name}: the pickle {what}, at offset {at}.");

    private static string Kind(Type type) => type == typeof(object?[]) ? "tuple"
        : type == typeof(string) ? "text"
        : type.Name.StartsWith("Dict", StringComparison.Ordinal) ? "dict"
        : type.Name.StartsWith("List", StringComparison.Ordinal) ? "list"
        : "callable";
}
