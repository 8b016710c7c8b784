using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace SimClr.Models;

/// <summary>
/// Parts of a network that training does not change. Their parameters get no gradient; their batch norms use their running statistics and
/// do not update them. The backward pass stops at the first trained part, and no activations are kept before it, so a step is faster.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class FrozenStages : IDisposable
{
    /// <summary>Names the whole encoder, with its head's layers if there are any.</summary>
    public const string All = "all";

    private readonly List<Parameter> parameters; // the parameters whose gradients were turned off here

    /// <summary>Freezes the parts.</summary>
    /// <param name="encoder">Borrowed.</param>
    /// <param name="names">
    /// Stages (<see cref="EncoderStages.Of"/>), modules by their names within the encoder (<c>layer1.0</c>), or <see cref="All"/>.
    /// </param>
    /// <param name="head">The head that <see cref="All"/> freezes too; borrowed. Null: none.</param>
    /// <exception cref="ConfigurationException">The encoder has no stage or module of this name.</exception>
    public FrozenStages(Module encoder, IReadOnlyList<string> names, Module? head = null)
    {
        IsAll = names.Contains(All);
        Modules = IsAll ? (head is null ? [encoder] : [encoder, head]) : [.. names.SelectMany(name => Find(encoder, name)).Distinct()];
        parameters = [.. Modules.SelectMany(module => module.parameters()).Where(p => p.requires_grad)];
        foreach (var parameter in parameters) parameter.requires_grad_(false);
    }

    /// <summary>Whether the whole encoder is frozen by <see cref="All"/>.</summary>
    public bool IsAll { get; }

    /// <summary>The frozen modules; borrowed.</summary>
    public IReadOnlyList<Module> Modules { get; }

    /// <summary>Puts the frozen modules in eval mode. Call it after every change to training mode.</summary>
    public void Evaluate()
    {
        foreach (var module in Modules) module.eval();
    }

    /// <summary>Allows gradients of the parameters again.</summary>
    public void Dispose()
    {
        foreach (var parameter in parameters) parameter.requires_grad_(true);
    }

    private static IEnumerable<Module> Find(Module encoder, string name)
    {
        var modules = encoder.named_modules().Where(m => m.name.Length > 0).ToList();
        var stages = EncoderStages.Of(encoder);
        if (stages.FirstOrDefault(s => s.Name == name) is { } stage)
            return stage.Modules.Select(part => modules.First(m => m.name == part).module);
        return modules.FirstOrDefault(m => m.name == name).module is { } found ? [found] : throw new ConfigurationException(
            $"freeze: the encoder has no stage {name}. Its stages are {string.Join(", ", stages.Select(s => s.Name))}; a module " +
            $"of a stage has a name too, such as {modules[^1].name}; {All} is the whole encoder.");
    }
}
