namespace SimClr.Datasets;

/// <summary>
/// Resolves the links of a tar. The first link makes it read all headers, twice; only links and their targets are kept in memory.
/// </summary>
/// <param name="path">The tar.</param>
internal sealed class TarLinks(string path)
{
    private const int LongestChain = 16;

    private Dictionary<string, string>? targets;
    private Dictionary<string, TarMember> files = [];

    /// <summary>
    /// The plain file that a link leads to, directly or through other links; null if the tar has none. A member that is not a link is
    /// returned.
    /// </summary>
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

    // Of several members with the same name the last one counts, as in unpacking.
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

    // Removes "./", "//" and "a/..", so that a member has only one name.
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
