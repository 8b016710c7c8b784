using System.Buffers.Binary;

namespace SimClr.Interchange;

internal sealed partial class PickleReader
{
    // Known to Python and not to us: named in the refusal.
    private static readonly (byte Opcode, string Name)[] Refused =
    [
        ((byte)'i', "INST"), ((byte)'o', "OBJ"), (0x81, "NEWOBJ"), (0x92, "NEWOBJ_EX"), (0x82, "EXT1"), (0x83, "EXT2"), (0x84, "EXT4"),
        ((byte)'P', "PERSID"), ((byte)'I', "INT"), ((byte)'L', "LONG"), (0x8b, "LONG4"), ((byte)'F', "FLOAT"), ((byte)'S', "STRING"),
        ((byte)'V', "UNICODE"), (0x8f, "EMPTY_SET"), (0x90, "ADDITEMS"), (0x91, "FROZENSET"), (0x96, "BYTEARRAY8"), (0x97, "NEXT_BUFFER"),
        (0x98, "READONLY_BUFFER"), ((byte)'2', "DUP"), ((byte)'l', "LIST"), ((byte)'d', "DICT"), ((byte)'g', "GET"), ((byte)'p', "PUT"),
    ];

    private void Execute(byte opcode, long at)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                if (Byte() is < 2 or > 5) throw Broken("is of a protocol other than 2 to 5", at);
                break;
            case 0x95: _ = Bytes(8); break; // FRAME: only a hint for buffering
            case (byte)'(': Push(Mark); break;
            case (byte)'0': _ = Pop(at); break;
            case (byte)'1': _ = PopToMark(at); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)Int32()); break;
            case (byte)'K': Push((long)Byte()); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case 0x8a: Push(Long1(at)); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 0x8c: Push(Text(Byte(), at)); break;
            case (byte)'X': Push(Text(UInt32(), at)); break;
            case 0x8d: Push(Text(BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)), at)); break;
            case (byte)'U': Push(Text(Byte(), at)); break;    // Python 2's str
            case (byte)'T': Push(Text(Int32(), at)); break;
            case (byte)'C': Push(Bytes(Byte())); break;
            case (byte)'B': Push(Bytes(UInt32())); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(new[] { Pop(at) }); break;
            case 0x86: Push(PopTuple(2, at)); break;
            case 0x87: Push(PopTuple(3, at)); break;
            case (byte)'t': Push(PopToMark(at)); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'a':
                var item = Pop(at);
                Top<List<object?>>(at).Add(item);
                break;
            case (byte)'e':
                var items = PopToMark(at);
                Top<List<object?>>(at).AddRange(items);
                break;
            case (byte)'}': Push(new Dictionary<string, object?>()); break;
            case (byte)'s': SetItems(PopTuple(2, at), at); break;
            case (byte)'u': SetItems(PopToMark(at), at); break;
            case (byte)'c': Push(PyTorchObjects.Find($"{Line()}.{Line()}", name)); break;
            case 0x93: // STACK_GLOBAL
                string attribute = Pop<string>(at), module = Pop<string>(at);
                Push(PyTorchObjects.Find($"{module}.{attribute}", name));
                break;
            case (byte)'R':
                var arguments = Pop<object?[]>(at);
                Push(PyTorchObjects.Call(Pop<PyTorchGlobal>(at), arguments, $"{name}: at offset {at}"));
                break;
            case (byte)'b': // BUILD: of an OrderedDict, whose attributes (the versions of modules) say nothing about the weights
                _ = Pop(at);
                _ = Top<Dictionary<string, object?>>(at);
                break;
            case (byte)'Q': Push(PyTorchObjects.Storage(Pop<object?[]>(at), $"{name}: at offset {at}")); break;
            case (byte)'q': Memorize(Byte(), at); break;
            case (byte)'r': Memorize(UInt32(), at); break;
            case 0x94: Memorize(memo.Count, at); break;
            case (byte)'h': Push(Recall(Byte(), at)); break;
            case (byte)'j': Push(Recall(UInt32(), at)); break;
            default: throw Broken($"has the instruction {(Array.Find(Refused, r => r.Opcode == opcode).Name ?? $"0x{opcode:x2}")}, which no state dict needs", at);
        }
    }

    private object?[] PopTuple(int count, long at)
    {
        var tuple = new object?[count];
        for (int i = count - 1; i >= 0; i--) tuple[i] = Pop(at);
        return tuple;
    }

    private void SetItems(object?[] pairs, long at)
    {
        if (pairs.Length % 2 != 0) throw Broken("has a key without a value", at);
        var target = Top<Dictionary<string, object?>>(at);
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is string key) target[key] = pairs[i + 1];
        }
    }

    // Whole numbers of up to 64 bits; longer ones occur only as the magic number of the older format.
    private object Long1(long at)
    {
        var bytes = Bytes(Byte());
        var value = new System.Numerics.BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value
            : bytes.Length <= 16 ? value.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : throw Broken($"has a whole number of {bytes.Length} bytes", at);
    }

    private void Memorize(long index, long at)
    {
        if (stack.Count == 0 || stack[^1] == Mark) throw Broken("memorizes a value that is not there", at);
        if (memo.Count >= MaxValues) throw Broken($"memorizes more than {MaxValues} values", at);
        memo[index] = stack[^1];
    }

    private object? Recall(long index, long at) =>
        memo.TryGetValue(index, out var value) ? value : throw Broken($"recalls value {index}, which it has not memorized", at);
}
