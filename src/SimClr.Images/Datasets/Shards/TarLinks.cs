namespace SimClr.Datasets;

/// <summary>What the links of a tar name. Its headers are gone through twice when the first link is asked for, and only links and what they name are remembered.</summary>
/// <param name="path">The tar.</param>
internal sealed class TarLinks(string path)
{
    private const int LongestChain = 16;

    private Dictionary<string, string>? targets;
    private Dictionary<string, TarMember> files = [];

    /// <summary>The plain file that a link names, directly or by other links; null where the tar has none. What is no link is returned.</summary>
    public TarMember? Resolve(TarMember member)
    {
        if (!member.IsLink) return member;
        if (targets is null) Read();
        string name = TargetOf(member);
        for (int step = 0; step < LongestChain; step++)
        {
            if (files.TryGetValue(name, out var file)) return file;
            if (!targets!.TryGetValue(name, out string? next)) return null;
            name = next;
        }
        return null;
    }

    // Of members with one name the last one counts, as where a tar is unpacked.
    private void Read()
    {
        targets = [];
        foreach (var link in TarReading.Members(path).Where(member => member.IsLink)) targets[Plain(link.Name)] = TargetOf(link);
        var wanted = targets.Values.ToHashSet();
        foreach (var file in TarReading.Members(path).Where(member => member.Kind == TarMemberKind.File))
        {
            if (Plain(file.Name) is var name && wanted.Contains(name)) files[name] = file;
        }
    }

    private static string TargetOf(TarMember link)
    {
        if (link.Kind == TarMemberKind.HardLink || link.Target.StartsWith('/')) return Plain(link.Target);
        string name = Plain(link.Name);
        return Plain(name[..(name.LastIndexOf('/') + 1)] + link.Target);
    }

    // Without "./", "//" and "a/..", so that one member has one name.
    private static string Plain(string name)
    {
        var parts = new List<string>();
        foreach (string part in name.Split('/'))
        {
            if (part == ".." && parts is [.., not ".."]) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or ".")) parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
