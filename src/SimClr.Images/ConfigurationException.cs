namespace SimClr;

/// <summary>A setting that a user can correct. The message is one sentence: where the setting was given and what is wrong.</summary>
/// <param name="message">The sentence.</param>
/// <param name="inner">The exception behind it; null for none.</param>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
