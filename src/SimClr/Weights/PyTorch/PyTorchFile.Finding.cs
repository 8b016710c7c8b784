using SimClr.IO;

namespace SimClr.Weights;

public static partial class PyTorchFile
{
    private const string Advice = "nothing in a file is executed; save the weights alone: torch.save(model.state_dict(), …).";

    // The tensors of nested dicts; their names are joined with points.
    private static Dictionary<string, PyTorchTensor> Flatten(object? root, string path, IDictionary<string, string>? unread)
    {
        var found = new Dictionary<string, PyTorchTensor>();
        int visited = 0, characters = 0;
        string? other = (root as PyTorchPlaceholder)?.Class ?? (root as PyTorchGlobal)?.Name;
        if (other is not null) throw new InvalidDataException($"{path} holds {Excerpt.Of(other)}, not a dict of tensors; {Advice}");
        Visit(root, "", 0);
        return found.Count > 0 ? found
            : throw new InvalidDataException($"{path} holds no dict of tensors{(other is null ? "." : $": {other}; {Advice}")}");

        void Visit(object? value, string name, int depth)
        {
            switch (value)
            {
                case PyTorchTensor tensor when depth > 0:
                    found[name] = tensor;
                    if (found.Count > MaxTensors) throw new InvalidDataException($"{path} names more than {MaxTensors} tensors.");
                    break;
                case PyTorchPlaceholder left:
                    string what = $"of class {Excerpt.Of(left.Class)}";
                    if (left.IsTensor && unread is null)
                        throw new InvalidDataException($"{path}: the tensor {Excerpt.Of(name)} is {what}, which is not read here.");
                    if (unread is not null) unread[name] = what;
                    other ??= $"{Excerpt.Of(name)} is {what}";
                    break;
                case Dictionary<string, object?> when depth == MaxDepth:
                    throw new InvalidDataException(
                    $"{path}: dicts are nested more than {MaxDepth} deep, at {Excerpt.Of(name)}.");
                case Dictionary<string, object?> dict:
                    if ((visited += dict.Count) > MaxEntries)
                        throw new InvalidDataException($"{path}: its dicts have more than a million entries.");
                    foreach (var (key, inner) in dict)
                    {
                        if (inner is PyTorchTensor or PyTorchPlaceholder or Dictionary<string, object?>)
                            Visit(inner, Joined(name, key), depth + 1);
                    }
                    break;
            }
        }

        string Joined(string above, string key)
        {
            string name = above.Length == 0 ? key : $"{above}.{key}";
            if (name.Length > PyTorchObjects.LongestName || (characters += name.Length) > MaxCharacters)
                throw new InvalidDataException($"{path}: the names of its tensors are too long: {PyTorchObjects.LongestName} characters " +
                    $"each and {MaxCharacters} in all are read.");
            return name;
        }
    }
}
