namespace SimClr.RunFolders;

/// <summary>How a run folder was found.</summary>
public enum RunState
{
    /// <summary>A process holds its lock.</summary>
    Running,

    /// <summary>Its newest checkpoint is that of the last step.</summary>
    Finished,

    /// <summary>Neither: it was stopped, or it broke down. <c>--resume</c> goes on.</summary>
    Stopped,

    /// <summary>A file of it is missing or cannot be read.</summary>
    Damaged,
}
