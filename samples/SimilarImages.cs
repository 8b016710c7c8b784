// Find similar images in a folder. The index is kept on disk: another run encodes what is new or changed, and forgets what is gone.
//   dotnet run samples/SimilarImages.cs encoder.onnx my-photos index cat.jpg
// USearch holds the vectors and finds neighbours; SQLite holds what belongs to an image. Both are in the folder "index".
#:project ../src/SimClr.Onnx/SimClr.Onnx.csproj
#:package Microsoft.ML.OnnxRuntime
#:package Microsoft.Data.Sqlite
#:package Cloud.Unum.USearch
#:property PublishAot=false
#:property UsesLibTorch=false
using Cloud.Unum.USearch;
using Microsoft.Data.Sqlite;
using SimClr.Images;
using SimClr.Onnx;

if (args.Length < 3) { Console.Error.WriteLine("Name an encoder (.onnx), a folder of images, a folder for the index, and images."); return 2; }
var folder = new DirectoryInfo(args[1]);
string place = Directory.CreateDirectory(args[2]).FullName, file = Path.Combine(place, "vectors.usearch");
using var embedder = ImageEmbedder.Load(args[0]);
using var database = new SqliteConnection($"Data Source={Path.Combine(place, "images.db")}");
database.Open();
Execute("CREATE TABLE IF NOT EXISTS image (id INTEGER PRIMARY KEY, file TEXT UNIQUE, version TEXT, model TEXT)");

// What changed since the last run: a file is the same if its length and its time of change are, and if this encoder encoded it.
const string Known = "SELECT id, file, version FROM image WHERE model = $0";
var known = Query(Known, row => (Id: row.GetInt64(0), File: row.GetString(1), Version: row.GetString(2)), embedder.ModelId);
var present = folder.EnumerateFiles("*", SearchOption.AllDirectories)
    .Where(image => ImageDecoder.Extensions.Contains(image.Extension.ToLowerInvariant()))
    .ToDictionary(image => image.FullName, image => $"{image.Length} {image.LastWriteTimeUtc:o}");
var same = known.Where(row => present.TryGetValue(row.File, out var version) && version == row.Version).ToList();
string[] changed = [.. present.Keys.Except(same.Select(row => row.File)).Order(StringComparer.Ordinal)];
var gone = known.Except(same).ToList();

using var vectors = known.Count > 0 ? new USearchIndex(file)
    : new USearchIndex(MetricKind.Cos, ScalarKind.Float32, (ulong)embedder.Dimensions);
using (var transaction = database.BeginTransaction())
{
    Execute("DELETE FROM image WHERE model <> $0", embedder.ModelId); // of another encoder: their vectors cannot be compared
    foreach (var (id, _, _) in gone)
    {
        Execute("DELETE FROM image WHERE id = $0", id);
        vectors.Remove((ulong)id);
    }
    int damaged = 0;
    await foreach (var image in embedder.EmbedAsync(changed))
    {
        if (image.Error is not null && ++damaged > 0) continue;
        Execute("INSERT INTO image (file, version, model) VALUES ($0, $1, $2)", image.Name, present[image.Name], embedder.ModelId);
        ulong id = (ulong)Query("SELECT last_insert_rowid()", row => row.GetInt64(0))[0];
        vectors.Remove(id); // it is there if a run was stopped between its two files
        vectors.Add(id, image.Vector.ToArray());
    }
    vectors.Save(file + ".new");
    File.Move(file + ".new", file, overwrite: true);
    transaction.Commit();
    Console.WriteLine($"{present.Count - damaged} images: {changed.Length - damaged} encoded, {gone.Count} forgotten, {damaged} damaged");
}

foreach (string query in args.Skip(3))
{
    Console.WriteLine($"{query}:");
    vectors.Search(embedder.Embed(query), 5, out ulong[] ids, out float[] distances);
    foreach (var (id, distance) in ids.Zip(distances))
        foreach (string similar in Query("SELECT file FROM image WHERE id = $0", row => row.GetString(0), (long)id))
            Console.WriteLine($"  {1 - distance:f4} {similar}");
}
return 0;

void Execute(string sql, params object[] values) => Command(sql, values).ExecuteNonQuery();

List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params object[] values)
{
    var rows = new List<T>();
    using var reader = Command(sql, values).ExecuteReader();
    while (reader.Read()) rows.Add(read(reader));
    return rows;
}

SqliteCommand Command(string sql, object[] values)
{
    var command = database.CreateCommand(); // in the transaction, if there is one
    command.CommandText = sql;
    foreach (var (i, value) in values.Index()) command.Parameters.AddWithValue($"${i}", value);
    return command;
}
