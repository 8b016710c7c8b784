namespace SimClr.Fuzz.Readers;

/// <summary>Small whole files of formats that nothing here writes (<c>Seeds/make_seeds.py</c> made them, PyTorch the .pth).</summary>
internal static class SeedFiles
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Seeds", name));

    /// <summary>What a writer puts into a file.</summary>
    public static byte[] WrittenBy(Action<string> write) => Written(path =>
    {
        write(path);
        return File.ReadAllBytes(path);
    });

    /// <summary>What is made with the help of a path that is gone afterwards.</summary>
    public static T Written<T>(Func<string, T> make)
    {
        var folder = Directory.CreateTempSubdirectory("simclr-seed-");
        try
        {
            return make(Path.Combine(folder.FullName, "seed"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
