namespace SimClr.Fuzz.Corpus;

/// <summary>How an image of a corpus is read.</summary>
internal enum CorpusVerdict
{
    /// <summary>Both read it, with the same size and values.</summary>
    Same,

    /// <summary>Both read it, with another size or other values.</summary>
    Different,

    /// <summary>Both read it; SimClr keeps channels that Pillow leaves out, or has no mode for.</summary>
    MoreChannels,

    /// <summary>Neither reads it.</summary>
    Neither,

    /// <summary>Only Pillow reads it.</summary>
    OnlyPillow,

    /// <summary>Only SimClr reads it.</summary>
    OnlyOurs,
}
