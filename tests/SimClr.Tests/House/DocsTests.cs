using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SimClr.Tests.House;

/// <summary>The pages at the root and in docs/: their links lead somewhere, their lines are short, the picture of the architecture is the code's.</summary>
public sealed partial class DocsTests
{
    private static readonly string Root = ArrowsTests.RepositoryRoot();

    public static TheoryData<string> Pages => [.. Files(Root).Concat(Files(Path.Combine(Root, "docs")))];

    public static TheoryData<string> DocsPages => [.. Files(Path.Combine(Root, "docs")).Where(page => page != "docs/cli.md")]; // generated from the commands

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"`([\w./]+\.cs)`")]
    private static partial Regex SourceFile();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_or_a_heading_leads_there(string page)
    {
        foreach (Match link in Link().Matches(InlineCode().Replace(string.Join('\n', Prose(page)), "``")))
        {
            string target = link.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            string[] parts = target.Split('#', 2);
            string path = parts[0] == "" ? page : TestFolder.Relative(Root, Path.Combine(Root, Path.GetDirectoryName(page)!, parts[0]));
            (File.Exists(Path.Combine(Root, path)) || Directory.Exists(Path.Combine(Root, path))).ShouldBeTrue($"{page}: {target}");
            if (parts.Length == 2) Anchors(path).ShouldContain(parts[1], $"{page}: {target}");
        }
    }

    [Theory]
    [MemberData(nameof(DocsPages))]
    public void Lines_have_at_most_140_characters(string page) =>
        Lines(page).Select((line, i) => (Number: i + 1, line.Length)).Where(line => line.Length > 140).ShouldBeEmpty(page);

    [Theory]
    [MemberData(nameof(DocsPages))]
    public void Every_source_file_that_is_named_exists(string page)
    {
        string[] sources = [.. new[] { "src", "tests", "samples", "benchmarks" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.*", SearchOption.AllDirectories).Select(file => "/" + TestFolder.Relative(Root, file)))];
        foreach (Match name in SourceFile().Matches(File.ReadAllText(Path.Combine(Root, page))))
            sources.ShouldContain(source => source.EndsWith("/" + name.Groups[1].Value, StringComparison.Ordinal), $"{page}: {name.Value}");
    }

    [Fact]
    public void The_page_of_recipes_names_every_built_in_recipe()
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "recipes.md"));
        foreach (string recipe in Directory.EnumerateFiles(Path.Combine(Root, "recipes"), "*.yaml")) page.ShouldContain($"`{Path.GetFileNameWithoutExtension(recipe)}`");
    }

    [Fact]
    public void The_picture_of_the_architecture_has_every_room_and_arrows_of_the_code_alone()
    {
        var picture = XDocument.Load(Path.Combine(Root, "docs", "pictures", "architecture.svg"));
        XNamespace svg = "http://www.w3.org/2000/svg";
        var rooms = ArrowsTests.House.SelectMany(house => house.Rooms.Select(room => (Room: room, Folder: Path.Combine(Root, "src", house.Assembly, room)))).ToDictionary(r => r.Room, r => r.Folder);
        picture.Descendants(svg + "text").Select(text => text.Value).Intersect(rooms.Keys).Order().ShouldBe(rooms.Keys.Order());

        var arrows = picture.Descendants(svg + "path").Select(path => path.Element(svg + "title")?.Value.Split(" uses ")).OfType<string[]>().ToList();
        arrows.Count.ShouldBeGreaterThan(rooms.Count);
        foreach (string[] arrow in arrows)
        {
            var mention = new Regex($@"\bSimClr\.(Cli\.)?{arrow[1]}\b", RegexOptions.CultureInvariant);
            Directory.EnumerateFiles(rooms[arrow[0]], "*.cs", SearchOption.AllDirectories).Any(file => mention.IsMatch(File.ReadAllText(file))).ShouldBeTrue($"{arrow[0]} uses {arrow[1]}");
        }
    }

    // An editor shows a paragraph in a paragraph as an empty one before it.
    [Theory, InlineData("SimClr.Images"), InlineData("SimClr"), InlineData("SimClr.Onnx")]
    public void No_paragraph_of_the_public_docs_holds_another(string assembly) =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")).Descendants("member")
            .Where(member => member.Descendants("para").Descendants("para").Any())
            .Select(member => member.Attribute("name")!.Value).ShouldBeEmpty();

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.md").Select(file => TestFolder.Relative(Root, file)).Order(StringComparer.Ordinal);

    private static string[] Lines(string page) => File.ReadAllLines(Path.Combine(Root, page));

    private static IEnumerable<string> Prose(string page)
    {
        bool code = false;
        foreach (string line in Lines(page))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) code = !code;
            else if (!code && !line.StartsWith("    ", StringComparison.Ordinal)) yield return line;
        }
    }

    // As GitHub and docfx name headings: lower case, letters, digits, - and _ kept, spaces as hyphens; a second one of the same name ends in -1.
    private static HashSet<string> Anchors(string page)
    {
        var anchors = new HashSet<string>();
        foreach (string heading in Prose(page).Where(line => line.StartsWith('#')))
        {
            var anchor = new StringBuilder();
            foreach (char c in LinkText().Replace(heading.TrimStart('#').Trim(), "$1").ToLower(CultureInfo.InvariantCulture))
            {
                if (c == ' ') anchor.Append('-');
                else if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(c);
            }
            string name = anchor.ToString();
            for (int i = 1; !anchors.Add(name); i++) name = $"{anchor}-{i}";
        }
        return anchors;
    }
}
