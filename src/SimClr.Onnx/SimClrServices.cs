using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SimClr.Onnx;

/// <summary>Registers an encoder with dependency injection.</summary>
public static class SimClrServices
{
    /// <summary>
    /// Adds one <see cref="ImageEmbedder"/>, and the same object as <see cref="IEmbeddingGenerator{DataContent, Embedding}"/>. The file is
    /// loaded when either is first asked for, and freed with the container, after running calls have ended.
    /// </summary>
    /// <param name="services">The services of the program.</param>
    /// <param name="path">The .onnx file.</param>
    /// <param name="options">As for <see cref="ImageEmbedder.Load"/>.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSimClrEmbeddings(
        this IServiceCollection services, string path, ImageEmbedderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(path);
        return services.AddSingleton(_ => ImageEmbedder.Load(path, options))
            .AddSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(provider => provider.GetRequiredService<ImageEmbedder>());
    }
}
