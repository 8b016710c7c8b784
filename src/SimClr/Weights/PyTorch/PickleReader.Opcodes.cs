using System.Buffers.Binary;

namespace SimClr.Weights;

internal sealed partial class PickleReader
{
    // Opcodes that Python has and this reader refuses, with their names for the message.
    private static readonly (byte Opcode, string Name)[] Refused =
    [
        ((byte)'i', "INST"), ((byte)'o', "OBJ"), (0x82, "EXT1"), (0x83, "EXT2"), (0x84, "EXT4"), ((byte)'P', "PERSID"), ((byte)'I', "INT"),
        ((byte)'L', "LONG"),
        ((byte)'F', "FLOAT"), ((byte)'S', "STRING"), ((byte)'V', "UNICODE"), (0x97, "NEXT_BUFFER"), (0x98, "READONLY_BUFFER"),
        ((byte)'l', "LIST"), ((byte)'d', "DICT"), ((byte)'g', "GET"), ((byte)'p', "PUT"),
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
            case 0x8a: Push(Long(Bytes(Byte()))); break;
            case 0x8b: Push(Long(Bytes(Int32()))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 0x8c: Push(Text(Byte(), at)); break;
            case (byte)'X': Push(Text(UInt32(), at)); break;
            case 0x8d: Push(Text(BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)), at)); break;
            case (byte)'U': Push(TextOrBytes(Byte())); break;
            case (byte)'T': Push(TextOrBytes(Int32())); break;
            case (byte)'C': Push(Passed(Byte())); break;
            case (byte)'B': Push(Passed(UInt32())); break;
            case 0x8e or 0x96: Push(Passed(BinaryPrimitives.ReadInt64LittleEndian(Bytes(8)))); break; // BINBYTES8, BYTEARRAY8
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(new[] { Pop(at) }); break;
            case 0x86: Push(PopTuple(2, at)); break;
            case 0x87: Push(PopTuple(3, at)); break;
            case (byte)'t': Push(PopToMark(at)); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'a': Append([Pop(at)], at); break;
            case (byte)'e': Append(PopToMark(at), at); break;
            case 0x8f: Push(new PyTorchPlaceholder("set")); break; // EMPTY_SET
            case 0x90: Append(PopToMark(at), at); break;           // ADDITEMS
            case 0x91: // FROZENSET
                _ = PopToMark(at);
                Push(new PyTorchPlaceholder("frozenset"));
                break;
            case (byte)'}': Push(new Dictionary<string, object?>()); break;
            case (byte)'s': SetItems(PopTuple(2, at), at); break;
            case (byte)'u': SetItems(PopToMark(at), at); break;
            case (byte)'2': // DUP
                object? top = Pop(at);
                Push(top);
                Push(top);
                break;
            case (byte)'c': Push(Named(Line(), Line(), at)); break;
            case 0x93: // STACK_GLOBAL
                string attribute = Pop<string>(at), module = Pop<string>(at);
                Push(Named(module, attribute, at));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                var arguments = Pop<object?[]>(at);
                Push(PyTorchObjects.Call(Pop(at), arguments, Where(at)));
                break;
            case 0x92: // NEWOBJ_EX, with arguments by name
                var (_, positional) = (Pop(at), Pop<object?[]>(at));
                Push(PyTorchObjects.Call(Pop(at), positional, Where(at)));
                break;
            case (byte)'b': // BUILD: the attributes of a dict (versions of modules) or a placeholder say nothing about the weights
                _ = Pop(at);
                if (stack is not [.., PyTorchPlaceholder]) _ = Top<Dictionary<string, object?>>(at);
                break;
            case (byte)'Q': Persistent(Pop<object?[]>(at), at); break;
            case (byte)'q': Memorize(Byte(), at); break;
            case (byte)'r': Memorize(UInt32(), at); break;
            case 0x94: Memorize(memo.Count, at); break;
            case (byte)'h': Push(Recall(Byte(), at)); break;
            case (byte)'j': Push(Recall(UInt32(), at)); break;
            default:
                throw Broken($"has the instruction {(Array.Find(Refused, r => r.Opcode == opcode).Name ?? $"0x{opcode:x2}")}, " +
                $"which no state dict needs", at);
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
        if (stack is [.., PyTorchPlaceholder]) return;
        var target = Top<Dictionary<string, object?>>(at);
        for (int i = 0; i < pairs.Length; i += 2) PyTorchObjects.Add(target, pairs[i], pairs[i + 1], Where(at));
    }

    private void Append(object?[] items, long at)
    {
        if (stack is not [.., PyTorchPlaceholder]) Top<List<object?>>(at).AddRange(items);
    }

    // A storage. The older format also stores modules this way, with their source code.
    private void Persistent(object?[] id, long at)
    {
        if (id is ["module", PyTorchGlobal module, ..])
        {
            Push(new PyTorchPlaceholder(module.Name));
            return;
        }
        var storage = PyTorchStorage.Of(id, Where(at));
        Push(storages[storage.Key] = storage);
    }

    // Integers of up to 64 bits. Of longer ones, only the magic number of the older format is needed.
    private static object Long(byte[] bytes)
    {
        if (bytes.Length > 16) return new PyTorchPlaceholder("int");
        var value = new System.Numerics.BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value
            : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
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
