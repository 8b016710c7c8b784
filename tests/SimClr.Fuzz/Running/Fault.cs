namespace SimClr.Fuzz.Running;

/// <summary>An input that was neither read nor refused as documented.</summary>
/// <param name="Reader">The reader's name.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Mutation">The number of the mutation; together with the seed it reproduces the input.</param>
/// <param name="Kind">The kind of the fault.</param>
/// <param name="What">The exception and its origin, or a number.</param>
internal sealed record Fault(string Reader, long Seed, int Mutation, Verdict Kind, string What)
{
    public override string ToString() => $"{Reader}, seed {Seed}, mutation {Mutation}: {Kind}: {What}";
}
