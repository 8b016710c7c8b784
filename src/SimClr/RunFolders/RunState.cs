namespace SimClr.RunFolders;

/// <summary>The state of a run folder.</summary>
public enum RunState
{
    /// <summary>A process holds its lock.</summary>
    Running,

    /// <summary>Its newest checkpoint is that of the last step.</summary>
    Finished,

    /// <summary>Neither: it was stopped or it failed. <c>--resume</c> continues it.</summary>
    Stopped,

    /// <summary>A file is missing or cannot be read.</summary>
    Damaged,
}
