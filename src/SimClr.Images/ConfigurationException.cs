namespace SimClr;

/// <summary>A setting that a user can correct. The message is one sentence: where the setting was given and what is wrong.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
