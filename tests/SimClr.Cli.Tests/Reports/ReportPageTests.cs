using SimClr.Cli.Reports;
using SimClr.Cli.Tests.Commands;
using SkiaSharp;

namespace SimClr.Cli.Tests.Reports;

[Collection(nameof(ReportedRuns))]
public sealed class ReportPageTests(ReportedRuns runs)
{
    private const string Evil = "</script><script>window.hacked = 1</script>{{data}}{{title}}\\\"<!--";

    [Fact]
    public void Texts_cannot_inject_markup_into_the_page()
    {
        using var folder = new TemporaryFolder();
        string file = folder.In("evil.html"), html = ReportPage.Render(new ReportData
        {
            Title = Evil,
            Subtitle = Evil,
            Notes = [Evil],
            Figures = [new(Evil, Evil, Evil)],
            Tables = [new("facts", [Evil, Evil], [[Evil, Evil]], [], Evil)],
        });
        File.WriteAllText(file, html);
        html.Split("</script>").Length.ShouldBe(3); // the data block and the script
        ReportedRuns.DataOf(file)["title"]!.GetValue<string>().ShouldBe(Evil);

        using var browser = Browser.Open(file);
        browser.Text("#title").ShouldBe(Evil);
        browser.Text("title").ShouldBe(Evil);
        browser.Text("#facts td").ShouldBe(Evil);
        browser.Value("typeof window.hacked")!.GetValue<string>().ShouldBe("undefined");
        browser.Errors.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_curves_can_be_read_zoomed_and_switched()
    {
        using var browser = Browser.Open(runs.Page);
        browser.WaitFor("document.querySelectorAll('.chart path.line').length > 6");
        const string Readout = ".chart .legend b", Unit = ".chart figcaption span";
        double last = ReportedRuns.DataOf(runs.Page)["runs"]![0]!["series"]!["loss"]!["value"]!.AsArray().Select(v => (double)v!).Last();
        double.Parse(browser.Text(Readout)).ShouldBe(last, 1e-3); // the pointer is nowhere: the last value

        var (x, y, width, height) = browser.Find(".chart svg");
        browser.Mouse("mouseMoved", x + 55, y + height / 2);
        browser.Text(Unit).ShouldBe("step 1");
        double first = ReportedRuns.DataOf(runs.Page)["runs"]![0]!["series"]!["loss"]!["value"]!.AsArray().Select(v => (double)v!).First();
        double.Parse(browser.Text(Readout)).ShouldBe(first, 1e-3);

        string Ticks() => browser.Value("[...document.querySelectorAll('.chart:nth-child(2) svg text')].map(t => t.textContent).join()")!.GetValue<string>();
        string whole = Ticks();
        browser.Mouse("mousePressed", x + width * 0.4, y + height / 2);
        browser.Mouse("mouseMoved", x + width * 0.6, y + height / 2);
        browser.Mouse("mouseReleased", x + width * 0.6, y + height / 2);
        Ticks().ShouldNotBe(whole); // the other figures follow
        browser.Value("document.querySelector('#reset-zoom').hidden")!.GetValue<bool>().ShouldBeFalse();
        browser.Click("#reset-zoom");
        Ticks().ShouldBe(whole);

        browser.Click("#curve-tools [data-key=images]");
        browser.Value("[...document.querySelectorAll('.chart svg text')].some(t => t.textContent === 'images seen')")!.GetValue<bool>().ShouldBeTrue();
        browser.Click(".chart .legend button");
        browser.Value("document.querySelector('.chart').querySelectorAll('path.line').length")!.GetValue<int>().ShouldBe(0);

        browser.Value("document.querySelector('.chart:nth-child(2) svg').focus()");
        browser.Key("ArrowRight");
        browser.Text(".chart:nth-child(2) figcaption span").ShouldStartWith("images ");
        browser.Errors.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_Smooth_changes_short_curves_too_and_captions_are_not_broken_inside_words()
    {
        using var browser = Browser.Open(runs.Page);
        browser.WaitFor("document.querySelectorAll('.chart path.line').length > 6");
        string Line() => browser.Value("document.querySelector('.chart path.line:not(.raw)').getAttribute('d')")!.GetValue<string>();
        string smooth = Line();
        browser.Click("#curve-tools > button");
        Line().ShouldNotBe(smooth);
        browser.Click("#curve-tools > button");
        Line().ShouldBe(smooth);

        // A line holds as much as it can without breaking a word, whatever its length.
        browser.Value("document.querySelector('#neighbours figcaption').textContent = 'chrysanthemum'");
        browser.Value("(range => { range.selectNodeContents(document.querySelector('#neighbours figcaption')); return range.getClientRects().length; })(document.createRange())")!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_no_value_that_is_missing_is_shown_as_a_word_of_the_script()
    {
        using var browser = Browser.Open(runs.Page);
        browser.WaitFor("document.querySelectorAll('.chart path.line').length > 6");
        browser.Value("[...document.querySelectorAll('main > :not(#recipe)')].map(e => e.innerText).join('\\n').match(/.*\\b(null|undefined|NaN)\\b.*/)?.[0] ?? ''")!.GetValue<string>().ShouldBe("");
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_the_map_shows_the_image_under_the_pointer()
    {
        using var browser = Browser.Open(runs.Page);
        browser.WaitFor("!!document.querySelector('#map circle')?.getAttribute('cx')");
        var (x, y, width, height) = browser.Find("#map circle");
        browser.Mouse("mouseMoved", x + width / 2, y + height / 2);
        string tip = browser.Text("#map .tip");
        tip.ShouldContain("loss ");
        tip.ShouldContain(".png");
        browser.Value("getComputedStyle(document.querySelector('#map .tip .tile')).backgroundImage.startsWith('url(\"blob:')")!.GetValue<bool>().ShouldBeTrue();

        string Colour() => browser.Value("getComputedStyle(document.querySelector('#map circle')).fill")!.GetValue<string>();
        string byLabel = Colour();
        browser.Click("#map [data-key=loss]");
        Colour().ShouldNotBe(byLabel);
        browser.Text("#map .legend").ShouldContain("nats");
        browser.Text("#map .plane").ShouldNotContain("undefined");
        browser.Errors.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_the_page_has_two_themes_loads_nothing_and_escapes_class_names()
    {
        using var browser = Browser.Open(runs.Page);
        string Background() => browser.Value("getComputedStyle(document.body).backgroundColor")!.GetValue<string>();
        string before = Background(), light = "rgb(251, 250, 247)", dark = "rgb(21, 22, 26)";
        browser.Click("#theme");
        Background().ShouldBe(before == light ? dark : light);
        browser.Click("#theme");
        Background().ShouldBe(before);

        browser.Requests.ShouldAllBe(r => r.StartsWith("file:", StringComparison.Ordinal) || r.StartsWith("blob:", StringComparison.Ordinal) || r.StartsWith("data:", StringComparison.Ordinal));
        browser.Value("typeof window.hacked")!.GetValue<string>().ShouldBe("undefined");
        browser.Text("#confusion").ShouldContain("<img ");
        browser.Errors.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Duration", "Long")]
    public void In_a_browser_a_live_page_takes_new_data()
    {
        using var browser = Browser.Open(runs.Page);
        browser.Value("""
            const more = JSON.parse(document.querySelector('#data').textContent);
            more.runs[0].series.loss.step.push(1000);
            more.runs[0].series.loss.value.push(0.125);
            simclr.update(more, 'step 1000');
            """);
        browser.Text("#live").ShouldBe("step 1000");
        browser.Text(".chart .legend b").ShouldBe("0.125");
        browser.Errors.ShouldBeEmpty();
    }

    [Theory]
    [Trait("Duration", "Long")]
    [InlineData(390, true)]
    [InlineData(1280, false)]
    public void In_a_browser_nothing_is_wider_than_the_window_and_text_is_visible(int width, bool phone)
    {
        using var browser = Browser.Open(runs.Page, width, 900, phone);
        browser.Value("document.documentElement.scrollWidth")!.GetValue<int>().ShouldBeLessThanOrEqualTo(width);
        browser.Value("[...document.querySelectorAll('main *')].filter(e => e.offsetParent && !e.closest('.scroll, svg') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80)).join()")!
            .GetValue<string>().ShouldBe("");
        browser.Value("[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('section').id).join()")!.GetValue<string>().ShouldBe(""); // no table is cut
        var (x, y, titleWidth, height) = browser.Find("#title");
        using var seen = SKBitmap.Decode(browser.Screenshot());
        var title = Enumerable.Range((int)y, (int)height).SelectMany(row => Enumerable.Range((int)x, (int)Math.Min(titleWidth, 120)).Select(column => seen.GetPixel(column, row))).ToList();
        title.Count(colour => Math.Abs(colour.Red - title[0].Red) > 100).ShouldBeGreaterThan(100); // letters
    }
}
