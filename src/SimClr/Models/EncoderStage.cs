namespace SimClr.Models;

/// <summary>Layers of an encoder that follow each other: what can be frozen by one name, and learns at one rate.</summary>
/// <param name="Name">What <c>freeze</c> calls it.</param>
/// <param name="Modules">The modules that it consists of, by their names within the encoder (<c>layer1</c>, <c>blocks.3</c>).</param>
public sealed record EncoderStage(string Name, IReadOnlyList<string> Modules);
