using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// The parts of a network that training leaves as they are: their parameters get no gradient, and their batch norms keep their running statistics and
/// normalise by them. Backward stops at the first trained part, and no activations are kept before it, so a step is faster.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class FrozenStages : IDisposable
{
    /// <summary>The name of the whole encoder, with the head's layers where there are any.</summary>
    public const string All = "all";

    private readonly List<Parameter> parameters; // whose gradients this turned off

    /// <summary>Freezes them.</summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="names">Stages (<see cref="EncoderStages.Of"/>), modules by their names within the encoder (<c>layer1.0</c>), or <see cref="All"/>.</param>
    /// <param name="head">What <see cref="All"/> freezes with the encoder; borrowed. Null: nothing.</param>
    /// <exception cref="ConfigurationException">The encoder has nothing of a name.</exception>
    public FrozenStages(Module encoder, IReadOnlyList<string> names, Module? head = null)
    {
        IsAll = names.Contains(All);
        Modules = IsAll ? (head is null ? [encoder] : [encoder, head]) : [.. names.SelectMany(name => Find(encoder, name)).Distinct()];
        parameters = [.. Modules.SelectMany(module => module.parameters()).Where(p => p.requires_grad)];
        foreach (var parameter in parameters) parameter.requires_grad_(false);
    }

    /// <summary>Whether the whole encoder is frozen by <see cref="All"/>.</summary>
    public bool IsAll { get; }

    /// <summary>What is frozen; borrowed.</summary>
    public IReadOnlyList<Module> Modules { get; }

    /// <summary>Puts what is frozen in eval mode: to be called whenever the network was put in training mode.</summary>
    public void Evaluate()
    {
        foreach (var module in Modules) module.eval();
    }

    /// <summary>Lets the parameters have gradients again.</summary>
    public void Dispose()
    {
        foreach (var parameter in parameters) parameter.requires_grad_(true);
    }

    private static IEnumerable<Module> Find(Module encoder, string name)
    {
        var modules = encoder.named_modules().Where(m => m.name.Length > 0).ToList();
        var stages = EncoderStages.Of(encoder);
        if (stages.FirstOrDefault(s => s.Name == name) is { } stage) return stage.Modules.Select(part => modules.First(m => m.name == part).module);
        return modules.FirstOrDefault(m => m.name == name).module is { } found ? [found] : throw new ConfigurationException(
            $"freeze: the encoder has no stage {name}. Its stages are {string.Join(", ", stages.Select(s => s.Name))}; a module of a stage has a name too, such as {modules[^1].name}; {All} is the whole encoder.");
    }
}
