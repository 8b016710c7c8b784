using System.Runtime.ExceptionServices;

namespace SimClr.Datasets;

/// <summary>Images that are worked on side by side.</summary>
internal static class InParallel
{
    /// <summary><see cref="Parallel.For(int, int, ParallelOptions, Action{int})"/> from 0 on, whose failure is that of one of the images, with its stack.</summary>
    /// <param name="count">How many.</param>
    /// <param name="options">As there.</param>
    /// <param name="body">What is done with each.</param>
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
