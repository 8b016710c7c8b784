using System.Runtime.ExceptionServices;

namespace SimClr.Datasets;

/// <summary>Runs work on many images in parallel.</summary>
internal static class InParallel
{
    /// <summary>
    /// <see cref="Parallel.For(int, int, ParallelOptions, Action{int})"/> from 0. If it fails, it throws the exception of one image, with
    /// its stack.
    /// </summary>
    /// <param name="count">The number of images.</param>
    /// <param name="options">As for <see cref="Parallel.For(int, int, ParallelOptions, Action{int})"/>.</param>
    /// <param name="body">The work on one image.</param>
    public static void For(int count, ParallelOptions options, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
