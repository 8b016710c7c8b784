namespace SimClr.Datasets;

/// <summary>
/// Holds out a share of each class in whole groups. If images of one patient were in both parts, an accuracy would say how well the patient
/// is recognised, not the class.
/// </summary>
internal static class GroupSplit
{
    /// <summary>
    /// Class by class, the one with the fewest groups first, groups are held out in the given order as long as each brings the number of
    /// held-out images nearer to the share. A class of which none is held out then gives its smallest group. No class loses its last image.
    /// </summary>
    /// <param name="labels">The label of each image; −1 is like a class of its own.</param>
    /// <param name="groups">The group of each image, in [0, G).</param>
    /// <param name="fraction">The share of each class to hold out, in (0, 1).</param>
    /// <param name="order">The G groups in random order.</param>
    /// <returns>
    /// Whether each image is held out: all images of a group are, or none. Null if no group can be spared, as where groups are classes.
    /// </returns>
    public static bool[]? HeldOut(IReadOnlyList<int> labels, IReadOnlyList<int> groups, double fraction, IReadOnlyList<int> order)
    {
        var classesOf = new Dictionary<int, int>[order.Count]; // of each group: its images by label
        foreach (int group in order) classesOf[group] = [];
        var kept = new Dictionary<int, int>();
        for (int i = 0; i < labels.Count; i++)
        {
            var counts = classesOf[groups[i]];
            counts[labels[i]] = counts.GetValueOrDefault(labels[i]) + 1;
            kept[labels[i]] = kept.GetValueOrDefault(labels[i]) + 1;
        }
        var all = kept.ToDictionary();
        var groupsOf = all.Keys.ToDictionary(label => label, _ => new List<int>());
        foreach (int group in order)
        {
            foreach (int label in classesOf[group].Keys) groupsOf[label].Add(group);
        }
        bool[] isHeld = new bool[order.Count];
        foreach (int label in all.Keys.OrderBy(label => groupsOf[label].Count).ThenBy(label => label))
        {
            int goal = Math.Clamp((int)Math.Round(fraction * all[label]), 1, Math.Max(1, all[label] - 1));
            int Held() => all[label] - kept[label];
            foreach (int group in groupsOf[label])
            {
                if (Math.Abs(Held() + classesOf[group][label] - goal) < Math.Abs(Held() - goal)) Hold(group);
            }
            if (Held() == 0) _ = groupsOf[label].OrderBy(group => classesOf[group][label]).Any(Hold);
        }
        return isHeld.Contains(true) ? [.. groups.Select(group => isHeld[group])] : null;

        bool Hold(int group)
        {
            if (isHeld[group] || classesOf[group].Any(c => kept[c.Key] == c.Value)) return false;
            foreach (var (label, count) in classesOf[group]) kept[label] -= count;
            return isHeld[group] = true;
        }
    }
}
