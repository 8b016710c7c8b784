using System.Runtime.CompilerServices;
using SimClr.Runtime;

namespace SimClr.Tests;

/// <summary>A test that needs a GPU. Without one it is skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SkippableCudaAttribute : FactAttribute
{
    private static readonly Lazy<string?> Obstacle = new(CudaRuntime.Obstacle);

    public SkippableCudaAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1) : base(sourceFilePath, sourceLineNumber)
    {
        if (Obstacle.Value is { } why) Skip = $"needs a GPU: {why}";
    }
}
