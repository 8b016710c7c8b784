using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Cli.Reports;

/// <summary>Recipes as tables.</summary>
internal static class RecipeTables
{
    /// <summary>Every key of a recipe. Values that differ from the default are highlighted.</summary>
    public static ReportTable Whole(PretrainOptions options)
    {
        var (values, defaults) = (OptionsText.Values(options), OptionsText.Values(new PretrainOptions()));
        var rows = values.Select(v => (IReadOnlyList<string>)[v.Key, v.Value, defaults.GetValueOrDefault(v.Key, "")]).ToList();
        return new ReportTable("recipe", ["key", "value", "default"], rows,
            [.. Enumerable.Range(0, rows.Count).Where(i => rows[i][1] != rows[i][2])],
            "Bold: not the default. A default of null or auto follows from the images.");
    }

    /// <summary>The keys in which runs differ.</summary>
    public static ReportTable Differences(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyDictionary<string, string>> runs)
    {
        var keys = runs.SelectMany(r => r.Keys).Distinct()
            .Where(key => runs.Select(r => r.GetValueOrDefault(key, "–")).Distinct().Count() > 1);
        return new ReportTable("differences", ["key", .. names],
            [.. keys.Select(key => (IReadOnlyList<string>)[key, .. runs.Select(r => r.GetValueOrDefault(key, "–"))])], [],
            "Keys with the same value in all runs are not shown.");
    }
}
