using SimClr.Fuzz.Mutations;
using SimClr.Fuzz.Readers;
using SimClr.Fuzz.Running;
using SimClr.Tests;

namespace SimClr.Fuzz;

/// <summary>The files that mutations start from. They must be valid, or the mutations test little.</summary>
[Collection(nameof(MeasuringMemory))]
public sealed class SeedTests
{
    public static TheoryData<string> Names => [.. ReaderCatalog.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Intact_files_are_read_also_after_their_checksums_are_recomputed(string name)
    {
        var reader = ReaderCatalog.All.Single(r => r.Name == name);
        using var folder = new TempFolder();
        var trial = new Trial(reader, folder.Root);
        foreach (byte[] seed in reader.Seeds)
        {
            byte[] repaired = reader.Repair is { } repair ? repair([.. seed]) : seed;
            repaired.ShouldBe(seed);
            var outcome = trial.Run(reader.Pack is { } pack ? pack([.. seed]) : seed);
            (outcome.Verdict, outcome.What).ShouldBe((Verdict.Accepted, ""));
        }
    }

    [Fact]
    public void A_mutation_is_reproducible_and_most_mutations_differ()
    {
        var reader = ReaderCatalog.All.Single(r => r.Name == "png");
        var made = Enumerable.Range(0, 100).Select(i => Convert.ToHexString(Mutator.Make(reader, 7, i))).ToList();
        made.ShouldBe(Enumerable.Range(0, 100).Select(i => Convert.ToHexString(Mutator.Make(reader, 7, i))));
        made.Distinct().Count().ShouldBeGreaterThan(95);
        // the files themselves were not changed
        reader.Seeds.ShouldAllBe(seed => Convert.ToHexString(seed).StartsWith("89504E47", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reader_that_violates_its_contract_is_detected()
    {
        using var folder = new TempFolder();
        Verdict Of(Action<string> read, long allowance = 1 << 20) => new Trial(new FuzzReader("x", "x.bin", [[1]], read) { Allowance = allowance }, folder.Root).Run([1, 2, 3]).Verdict;
        Of(_ => { }).ShouldBe(Verdict.Accepted);
        Of(path => throw new InvalidDataException($"{path} is damaged")).ShouldBe(Verdict.Refused);
        Of(_ => throw new InvalidDataException("It is damaged")).ShouldBe(Verdict.Unnamed);
        Of(path => throw new OverflowException(path)).ShouldBe(Verdict.WrongException);
        Of(_ => BrokenPromiseException.Unless(false, "no")).ShouldBe(Verdict.Impossible);
        Of(_ => GC.KeepAlive(new byte[2 << 20])).ShouldBe(Verdict.Memory);
    }
}
