namespace SimClr.RunFolders;

/// <summary>Smooths a curve with a running mean.</summary>
public static class RunningMean
{
    /// <summary>
    /// The mean of the values up to <paramref name="reach"/> places before and after each. Values that are not finite are left out.
    /// </summary>
    /// <param name="values">The values in order; borrowed.</param>
    /// <param name="reach">At least 0.</param>
    /// <returns>As many values; NaN if no value within reach is finite.</returns>
    public static double[] Of(IReadOnlyList<double> values, int reach)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegative(reach);
        double[] means = new double[values.Count];
        var (sum, count) = (0.0, 0);
        for (int i = -reach; i < values.Count; i++)
        {
            var (entering, leaving) = (i + reach, i - reach - 1);
            if (entering < values.Count && double.IsFinite(values[entering])) (sum, count) = (sum + values[entering], count + 1);
            if (leaving >= 0 && double.IsFinite(values[leaving])) (sum, count) = (sum - values[leaving], count - 1);
            if (i >= 0) means[i] = count > 0 ? sum / count : double.NaN;
        }
        return means;
    }
}
