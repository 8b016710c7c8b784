using DuckDB.NET.Data;

namespace SimClr.Tests.Loading;

/// <summary>Writes and reads Parquet files with DuckDB. Skips the test, with the reason, if its native library does not load.</summary>
internal static class DuckDb
{
    public static void Run(string sql) => Query(sql);

    public static List<object?[]> Query(string sql)
    {
        DuckDBConnection database;
        try
        {
            database = new DuckDBConnection("DataSource=:memory:");
            database.Open();
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            Assert.Skip("needs DuckDB's native library");
            throw;
        }
        using (database)
        {
            using var command = database.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var rows = new List<object?[]>();
            while (reader.Read()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : Value(reader.GetValue(i)))]);
            return rows;
        }
    }

    private static object Value(object value)
    {
        if (value is not Stream stream) return value;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
