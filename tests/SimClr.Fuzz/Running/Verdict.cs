namespace SimClr.Fuzz.Running;

/// <summary>What became of an input.</summary>
internal enum Verdict
{
    /// <summary>It was read.</summary>
    Accepted,

    /// <summary>It was refused by an exception that the reader's doc names, with the file's name.</summary>
    Refused,

    /// <summary>It was refused without the file's name.</summary>
    Unnamed,

    /// <summary>Something was read that cannot be.</summary>
    Impossible,

    /// <summary>Another exception came.</summary>
    WrongException,

    /// <summary>It took memory out of proportion to its size.</summary>
    Memory,

    /// <summary>It did not end in time.</summary>
    Hang,

    /// <summary>It ended the process.</summary>
    Crash,
}
