namespace SimClr;

/// <summary>A setting that a person can mend: the message is one sentence that says where it was given and what is wrong.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
