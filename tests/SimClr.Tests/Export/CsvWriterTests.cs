using System.Globalization;
using System.Text;
using CsCheck;
using SimClr.Export;

namespace SimClr.Tests.Export;

public sealed class CsvWriterTests
{
    private static string Written(Action<CsvWriter> write)
    {
        using var stream = new MemoryStream();
        using (var csv = new CsvWriter(stream)) write(csv);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void Cells_are_quoted_only_when_necessary()
    {
        Written(csv =>
        {
            csv.Text("plain").Text("a,b").Text("say \"no\"").Text("two\nlines").Text("").EndLine();
            csv.Text("Größe").Number(-3).Number(0.1f).Number(float.NaN).Flag(true).EndLine();
        }).ShouldBe("plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\nGröße,-3,0.1,,true\n");
    }

    [Fact]
    public void Any_text_is_restored_by_a_reader_of_RFC_4180() =>
        Gen.Select(Gen.String[Gen.Char["ab ,\"\r\n'é=-@"], 0, 12].Array[1, 5].Array[1, 4], lines => lines).Sample(lines =>
            Parse(Written(csv =>
            {
                foreach (var line in lines)
                {
                    foreach (string cell in line) csv.Text(cell);
                    csv.EndLine();
                }
            })).Select(line => line.ConvertAll(WithoutGuard)).ShouldBe(lines.Select(line => line.ToList())), iter: 1000);

    [Theory]
    [InlineData("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1.jpg", "'-1.jpg")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("'=1", "''=1")]
    [InlineData("a=1", "a=1")]
    [InlineData("'90s", "'90s")]
    public void No_text_is_a_formula_of_a_spreadsheet(string text, string cell) => Written(csv => csv.Text(text)).ShouldBe(cell);

    [Fact]
    public void Negative_numbers_are_written_as_numbers() => Written(csv => csv.Number(-3).Number(-0.5f)).ShouldBe("-3,-0.5");

    [Fact]
    public void Numbers_use_the_invariant_culture_and_are_restored_bit_for_bit() => Gen.Single.Array[1, 20].Sample(values =>
    {
        string line = Written(csv =>
        {
            foreach (float value in values) csv.Number(value);
            csv.EndLine();
        });
        var read = line.TrimEnd('\n').Split(',').Select(cell => cell.Length == 0 ? float.NaN : float.Parse(cell, CultureInfo.InvariantCulture));
        read.Select(v => float.IsNaN(v) ? 0x7fc00000 : BitConverter.SingleToInt32Bits(v)).ShouldBe(values.Select(v => float.IsNaN(v) ? 0x7fc00000 : BitConverter.SingleToInt32Bits(v)));
    }, iter: 100);

    [Fact]
    public void Halves_are_restored_from_fewer_digits()
    {
        for (int bits = 0; bits < 0x7c00; bits += 13)
        {
            var half = BitConverter.Int16BitsToHalf((short)bits);
            string cell = Written(csv => csv.HalfNumber(half));
            cell.Length.ShouldBeLessThanOrEqualTo(12);
            Half.Parse(cell, CultureInfo.InvariantCulture).ShouldBe(half);
        }
    }

    // docs/using.md: one apostrophe goes from a text that begins with some and then a formula's sign.
    private static string WithoutGuard(string cell) => System.Text.RegularExpressions.Regex.IsMatch(cell, "^'+[=+\\-@\t\r\n]") ? cell[1..] : cell;

    // A simple reader, from the grammar of RFC 4180 with line feeds as line ends.
    private static List<List<string>> Parse(string text)
    {
        var lines = new List<List<string>>();
        for (int at = 0; at < text.Length;)
        {
            var line = new List<string>();
            do
            {
                if (line.Count > 0) at++;
                var cell = new StringBuilder();
                if (text[at] == '"')
                {
                    for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"' && at++ > 0); at++) cell.Append(text[at]);
                    at++;
                }
                else
                {
                    while (text[at] is not (',' or '\n')) cell.Append(text[at++]);
                }
                line.Add(cell.ToString());
            }
            while (text[at] == ',');
            lines.Add(line);
            at++;
        }
        return lines;
    }
}
