namespace SimClr.Datasets;

/// <summary>
/// Reports images that are left out because they are damaged: each once, the first few by name, and finally their number.
/// </summary>
/// <param name="messages">Hears of each image once.</param>
public sealed class DamagedImageLog(IMessages messages)
{
    private const int Named = 20;

    private readonly HashSet<string> reasons = [];

    /// <summary>Reports these images and their number.</summary>
    /// <param name="damaged">The images.</param>
    /// <param name="messages">Hears of them.</param>
    public static void WriteAll(IEnumerable<BadImage> damaged, IMessages messages)
    {
        var damagedImages = new DamagedImageLog(messages);
        damagedImages.Write(damaged);
        damagedImages.WriteTotal();
    }

    /// <summary>Reports the images that are new.</summary>
    /// <param name="damaged">The images that a loader found so far.</param>
    public void Write(IEnumerable<BadImage> damaged)
    {
        foreach (var bad in damaged.Where(bad => reasons.Add(bad.Reason)))
        {
            if (reasons.Count <= Named) messages.Note($"damaged, skipped: {bad.Reason}");
            else if (reasons.Count == Named + 1) messages.Note("… and more; they are counted at the end (simclr doctor names all).");
        }
    }

    /// <summary>Reports the number of damaged images.</summary>
    public void WriteTotal() => WriteTotal(reasons.Count);

    /// <summary>Reports the number of damaged images over all ranks.</summary>
    /// <param name="all">The number.</param>
    public void WriteTotal(int all)
    {
        if (all > 0) messages.Warn($"{all} damaged image{(all == 1 ? " was" : "s were")} skipped.");
    }
}
