namespace SimClr.Recipes;

/// <summary>One entry in the list of all keys.</summary>
/// <param name="Key">The path of the key.</param>
/// <param name="Type">Its type as text; for an enumeration the values.</param>
/// <param name="Default">The default, as on a command line.</param>
public sealed record OptionDescription(string Key, string Type, string Default);
