using SimClr.Fuzz.Hostile;
using SimClr.Tests;

namespace SimClr.Fuzz;

/// <summary>Small inputs that exhaust resources: the program ends soon, uses little memory, and explains a refusal in a sentence.</summary>
[Trait("Duration", "Long")]
public sealed class HostileTests(HostileTests.Tried tried) : IClassFixture<HostileTests.Tried>
{
    public static TheoryData<string> Names => [.. HostileCorpus.All.Select(input => input.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_input_crashes_neither_the_process_nor_the_machine(string input) => tried.Problems[input].ShouldBe("");

    /// <summary>Runs all inputs, two at a time, each in a process of its own, because some once crashed the process.</summary>
    public sealed class Tried
    {
        public Tried()
        {
            using var folder = new TempFolder();
            string[] problems = new string[HostileCorpus.All.Count];
            Parallel.For(0, problems.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => problems[i] = HostileCorpus.All[i].Try(folder.At($"{i}")));
            Problems = HostileCorpus.All.Select((input, i) => (input.Name, problems[i])).ToDictionary(p => p.Name, p => p.Item2);
        }

        internal IReadOnlyDictionary<string, string> Problems { get; }
    }
}
