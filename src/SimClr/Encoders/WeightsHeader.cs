using System.Text.Json;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.RunFolders;
using static TorchSharp.torch;

namespace SimClr.Encoders;

/// <summary>The metadata in the header of our weight files: the recipe, the classes, the position of the classifier.</summary>
public static class WeightsHeader
{
    /// <summary>The key of the run's options, as YAML.</summary>
    public const string RecipeKey = RunCheckpoint.RecipeKey;

    /// <summary>The key of the names of the classifier's classes, a JSON array.</summary>
    public const string ClassesKey = "classes";

    /// <summary>The key of the number of projection-head layers before the classification layer; 0 for none.</summary>
    public const string HeadLayersKey = "classifier-head-layers";

    /// <summary>The key of the guesses about weights that were read from another program's file, a JSON array of texts.</summary>
    public const string GuessesKey = "guesses";

    /// <summary>Parses a list of texts.</summary>
    /// <param name="json">The value in the header.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <param name="what">What the texts are.</param>
    /// <exception cref="InvalidDataException">The value is not a JSON array of texts.</exception>
    public static string[] ReadList(string json, string file, string what)
    {
        try
        {
            var texts = JsonSerializer.Deserialize<string[]>(json) ?? [];
            return texts.Contains(null) ? throw new JsonException("one of them is null") : texts;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: its list of {what} is not a JSON array of texts: {e.Message}", e);
        }
    }

    /// <summary>Refuses weights whose recipe describes another network. Called before a network of that size is built.</summary>
    /// <param name="options">The options of the recipe.</param>
    /// <param name="found">The encoder that was found.</param>
    /// <param name="head">The tensors of the projection head that were found; empty for none.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    public static void Require(PretrainOptions options, EncoderWeights found, IReadOnlyDictionary<string, Tensor> head, string source)
    {
        static string Of(EncoderOptions e) => $"{e.DescribeFully()}, {e.Channels} channels";
        if (Of(options.Encoder.CompletedBy(found.Options)) != Of(found.Options) && !found.Fit(options.Encoder.CompletedBy(found.Options)))
            throw new InvalidDataException($"{source}: its recipe describes {Of(options.Encoder)}, " +
                $"but its weights are of {Of(found.Options)}.");
        if (head.Count == 0) return;
        int[] sides = options.Head.Layers > 1 ? [options.Head.HiddenDim, options.Head.OutputDim] : [options.Head.OutputDim];
        if (sides.FirstOrDefault(side => side > 0 && !head.Values.Any(t => t.shape.Contains(side))) is > 0 and var absent)
            throw new InvalidDataException($"{source}: its recipe has a projection head with a layer of {absent}, but its weights do not.");
    }
}
