namespace SimClr.Recipes;

/// <summary>A line of the list of all keys.</summary>
/// <param name="Key">The key's path.</param>
/// <param name="Type">Its type in words; of an enumeration, the values.</param>
/// <param name="Default">The default as a command line would write it.</param>
public sealed record OptionDescription(string Key, string Type, string Default);
