using Spectre.Console;

namespace SimClr.Cli.Output;

/// <summary>A result that is printed as a line and a table.</summary>
internal abstract class TableOutput : CommandOutput
{
    /// <summary>The line above the table.</summary>
    protected abstract string Title { get; }

    protected abstract Table ToTable();

    protected override void PrintText(Terminal terminal)
    {
        terminal.Result(Title);
        terminal.Result(ToTable());
    }

    /// <summary>Creates a table. A column whose name begins with a point is right-aligned, for numbers; the point is removed.</summary>
    protected static Table NewTable(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns)
            table.AddColumn(column[0] == '.' ? new TableColumn(column[1..]).RightAligned() : new TableColumn(column));
        return table;
    }
}
