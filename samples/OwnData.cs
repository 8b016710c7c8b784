// Images of one's own: here the rows of a SQLite file, pretrained on and evaluated.
//   dotnet run samples/OwnData.cs pictures.db runs/pictures
#:project ../src/SimClr/SimClr.csproj
#:package Microsoft.Data.Sqlite
#:property PublishAot=false
using Microsoft.Data.Sqlite;
using SimClr.Datasets;
using SimClr.Encoders;
using SimClr.Images;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Protocols;
using SimClr.Runs;

string file = args.Length > 0 ? args[0] : "pictures.db", folder = args.Length > 1 ? args[1] : "runs/pictures";
if (!File.Exists(file)) Fill(file, new BuiltInImages(DatasetPart.Train, count: 320));

var pictures = new SqlitePictures(file);
var options = new PretrainOptions { Epochs = 2, BatchSize = 64, Encoder = new ResNetOptions { Width = 0.25, Stem = Stem.SmallStride2 } };
foreach (var step in PretrainRun.Start(folder, pictures, options).Steps()) Console.WriteLine($"step {step.Step}: loss {step.Loss:f3}");

using var encoder = TrainedEncoder.Load(folder);
using var evaluation = new EncoderEvaluation(encoder, ImageSource.Of(pictures)); // a fifth of each class is held out
foreach (var row in evaluation.Run().First().Rows) Console.WriteLine($"{row.Features} {row.Variant}: kNN top-1 {row.Accuracy.Top1:p1}");

static void Fill(string file, IImageDataset images)
{
    using var connection = new SqliteConnection($"Data Source={file}");
    connection.Open();
    using var transaction = connection.BeginTransaction();
    new SqliteCommand("CREATE TABLE picture (id INTEGER PRIMARY KEY, class TEXT, png BLOB)", connection, transaction).ExecuteNonQuery();
    for (int i = 0; i < images.Count; i++)
    {
        using var insert = new SqliteCommand("INSERT INTO picture (class, png) VALUES ($class, $png)", connection, transaction);
        insert.Parameters.AddWithValue("$class", images.Classes[images.Label(i)]);
        insert.Parameters.AddWithValue("$png", ImageEncoder.Png(images.Read(i)));
        insert.ExecuteNonQuery();
    }
    transaction.Commit();
}

/// <summary>The table picture (id, class, png). Read from several threads at once: each reading has a connection of its own.</summary>
internal sealed class SqlitePictures : IImageDataset
{
    private readonly string file;
    private readonly List<(long Id, int Label)> rows;

    public SqlitePictures(string file)
    {
        this.file = file;
        var all = Query("SELECT id, class FROM picture ORDER BY id", row => (Id: row.GetInt64(0), Class: row.GetString(1)));
        Classes = [.. all.Select(picture => picture.Class).Distinct().Order()];
        rows = [.. all.Select(picture => (picture.Id, Classes.ToList().IndexOf(picture.Class)))];
    }

    public string Name => Path.GetFileName(file);

    public int Count => rows.Count;

    public IReadOnlyList<string> Classes { get; }

    public int Label(int index) => rows[index].Label;

    public string Describe(int index) => $"{Name}, picture {rows[index].Id}";

    public DecodedImage Read(int index) =>
        ImageDecoder.Decode(Query($"SELECT png FROM picture WHERE id = {rows[index].Id}", row => row.GetFieldValue<byte[]>(0)).Single(), Describe(index));

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly"); // pooled
        connection.Open();
        using var rows = new SqliteCommand(sql, connection).ExecuteReader();
        var values = new List<T>();
        while (rows.Read()) values.Add(read(rows));
        return values;
    }
}
