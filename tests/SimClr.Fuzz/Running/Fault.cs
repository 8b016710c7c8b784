namespace SimClr.Fuzz.Running;

/// <summary>An input that was neither read nor refused as promised.</summary>
/// <param name="Reader">Whose.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Mutation">Its number: with the seed it makes the input again.</param>
/// <param name="Kind">How it went wrong.</param>
/// <param name="What">The exception and where it came from, or a figure.</param>
internal sealed record Fault(string Reader, long Seed, int Mutation, Verdict Kind, string What)
{
    public override string ToString() => $"{Reader}, seed {Seed}, mutation {Mutation}: {Kind}: {What}";
}
