using SimClr.Fuzz.Readers;
using SimClr.Fuzz.Running;

namespace SimClr.Fuzz;

/// <summary>Gives every reader some hundred mutated files. CONTRIBUTING.md explains how to run more.</summary>
[Trait("Duration", "Long")]
public sealed class ReaderTests(ReaderTests.ShortRun run) : IClassFixture<ReaderTests.ShortRun>
{
    public static TheoryData<string> Names => [.. ReaderCatalog.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Changed_bytes_are_read_or_refused_by_name(string reader)
    {
        run.Result.Rows.ShouldContain(row => row.Reader == reader);
        run.Result.Faults.Where(fault => fault.Reader == reader).ShouldBeEmpty();
    }

    public sealed class ShortRun
    {
        internal FuzzRun Result { get; } = FuzzRun.Execute(ReaderCatalog.All, mutations: 100, seed: 1, jobs: 1);
    }
}
