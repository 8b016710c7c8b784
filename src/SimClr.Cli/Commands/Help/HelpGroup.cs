namespace SimClr.Cli.Commands;

/// <summary>The headings of a command's options, in their order.</summary>
internal enum HelpGroup
{
    Options,
    Images,
    Encoder,
    Training,
    Evaluation,
    Machine,
    Output,
}
