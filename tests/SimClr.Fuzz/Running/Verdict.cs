namespace SimClr.Fuzz.Running;

/// <summary>The verdict on an input.</summary>
internal enum Verdict
{
    /// <summary>It was read.</summary>
    Accepted,

    /// <summary>It was refused with a documented exception that names the file.</summary>
    Refused,

    /// <summary>It was refused with a documented exception that does not name the file.</summary>
    Unnamed,

    /// <summary>It was read, and the result violates a guarantee.</summary>
    Impossible,

    /// <summary>An undocumented exception was thrown.</summary>
    WrongException,

    /// <summary>It took memory out of proportion to its size.</summary>
    Memory,

    /// <summary>It did not end in time.</summary>
    Hang,

    /// <summary>It ended the process.</summary>
    Crash,
}
