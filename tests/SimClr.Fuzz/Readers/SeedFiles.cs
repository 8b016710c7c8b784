namespace SimClr.Fuzz.Readers;

/// <summary>Small complete files of formats that SimClr does not write (from <c>Seeds/make_seeds.py</c>; PyTorch wrote the .pth).</summary>
internal static class SeedFiles
{
    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Seeds", name));

    /// <summary>The bytes that a writer produces.</summary>
    public static byte[] WrittenBy(Action<string> write) => Written(path =>
    {
        write(path);
        return File.ReadAllBytes(path);
    });

    /// <summary>The result of a function of a temporary path.</summary>
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
