using System.Text.RegularExpressions;
using SimClr.Images;

namespace SimClr.Models;

/// <summary>How one program names the tensors of one kind of encoder.</summary>
/// <param name="Program">The program.</param>
/// <param name="Anchor">A tensor that every such network has once: a network is recognised by its name.</param>
/// <param name="Map">The names that are known.</param>
/// <param name="Layers">
/// Matches every name of a layer between image and h, known or not. A file with an unknown one is refused: without it the network would
/// compute something else.
/// </param>
/// <param name="Classifiers">
/// Possible names of the layer h → logits, without <c>.weight</c>. <c>../</c> stands for the module that contains the network.
/// </param>
internal sealed record NameDialect(string Program, string Anchor, NameMap Map, Regex Layers, params string[] Classifiers)
{
    /// <summary>
    /// For an <c>nn.Sequential</c>, whose children have numbers for names: the last child of the encoder. From the first fully connected
    /// layer behind it, the children are a head. Else null.
    /// </summary>
    public int? LastChild { get; init; }

    /// <summary>How the program usually prepares images, but for their size.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.ImageNet;

    /// <summary>Another preparation that some of the program's files need, as half a sentence; null for none.</summary>
    public string? OtherPreprocessing { get; init; }

    /// <summary>ImageNet's preparation with bicubic resampling.</summary>
    public static Preprocessing Bicubic { get; } = Preprocessing.ImageNet with { Interpolation = Interpolation.Bicubic };
}
