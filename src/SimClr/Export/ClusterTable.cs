using SimClr.Evaluation;
using SimClr.IO;

namespace SimClr.Export;

/// <summary>
/// Clustered images as a CSV file: <c>row, file, label, class, cluster, cosine</c>, one line per readable image, in order.
/// </summary>
public static class ClusterTable
{
    /// <summary>Writes the file atomically.</summary>
    /// <param name="path">The file; a missing folder is created.</param>
    /// <param name="embedded">The images; borrowed.</param>
    /// <param name="result">The clusters of <see cref="EmbeddedImages.Rows"/>; borrowed.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(string path, EmbeddedImages embedded, KMeansResult result)
    {
        ArgumentNullException.ThrowIfNull(embedded);
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.Write(path, file =>
        {
            var images = embedded.Images;
            using var csv = new CsvWriter(file);
            csv.Text("row").Text("file").Text("label").Text("class").Text("cluster").Text("cosine").EndLine();
            foreach (var (row, index) in embedded.Indices.Index())
            {
                csv.Number(index).Text(images.FileOf(index));
                _ = images.Data.Label(index) is >= 0 and var label ? csv.Number(label) : csv.Text("");
                csv.Text(images.ClassOf(index) ?? "").Number(result.Clusters[row]).Number(result.Cosines[row]).EndLine();
            }
        });
    }
}
