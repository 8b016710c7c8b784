namespace SimClr.Models;

/// <summary>Consecutive layers of an encoder that can be frozen by one name and have one learning rate.</summary>
/// <param name="Name">The name for <c>freeze</c>.</param>
/// <param name="Modules">Its modules, by their names within the encoder (<c>layer1</c>, <c>blocks.3</c>).</param>
public sealed record EncoderStage(string Name, IReadOnlyList<string> Modules);
