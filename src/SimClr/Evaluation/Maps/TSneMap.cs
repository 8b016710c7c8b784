namespace SimClr.Evaluation;

/// <summary>Rows as points in the plane. Distances between far points, and the axes, have no meaning.</summary>
/// <param name="X">One coordinate per row; centred on 0.</param>
/// <param name="Y">One coordinate per row; centred on 0.</param>
/// <param name="Divergence">KL(P‖Q) in nats, without exaggeration: before the first step, after every 50 steps, and at the end.</param>
public sealed record TSneMap(IReadOnlyList<float> X, IReadOnlyList<float> Y, IReadOnlyList<double> Divergence);
