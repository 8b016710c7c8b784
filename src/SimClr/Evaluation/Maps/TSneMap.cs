namespace SimClr.Evaluation;

/// <summary>Rows as points of a plane. Distances between far points, and the axes, mean nothing.</summary>
/// <param name="X">For each row; centred on 0.</param>
/// <param name="Y">For each row; centred on 0.</param>
/// <param name="Divergence">KL(P‖Q) in nats, of P without exaggeration: before the first step, after every fiftieth, and at the end.</param>
public sealed record TSneMap(IReadOnlyList<float> X, IReadOnlyList<float> Y, IReadOnlyList<double> Divergence);
