using SimClr.Recipes;

namespace SimClr.Tests.Recipes;

public sealed class OptionsBinderTests
{
    [Fact]
    public void Without_settings_the_defaults_apply_and_shared_records_do_not_change()
    {
        var options = Bind("");
        OptionsText.ToYaml(options).ShouldBe(OptionsText.ToYaml(new SampleOptions()));
        Bind("views: {color-strength: 0.3}").Views.ShouldBe(new SampleViews { ColorStrength = 0.3, Flip = 0.25 });
        SampleViews.Strong.ColorStrength.ShouldBe(1);
    }

    [Fact]
    public void Every_type_is_read_from_a_recipe()
    {
        var options = Bind("""
            # a comment
            batch-size: 64
            image-count: -7000000000
            seed: 18446744073709551615
            temperature: 1e-1
            weight-decay: .5
            drop-last: False
            data: 123            # a text all the same
            output: "null"
            kind: plain
            other-kind: large-batch
            width: +3
            blur: ~
            sizes: [1, 2,
              3]
            scales: []
            names: [a, "b c"]
            views:
              color-strength: 2
              blur.probability: .25
            views.crop: 32
            """);
        options.BatchSize.ShouldBe(64);
        options.ImageCount.ShouldBe(-7_000_000_000);
        options.Seed.ShouldBe(ulong.MaxValue);
        options.Temperature.ShouldBe(0.1);
        options.WeightDecay.ShouldBe(0.5f);
        options.DropLast.ShouldBeFalse();
        options.Data.ShouldBe("123");
        options.Output.ShouldBe("null");
        options.Kind.ShouldBe(SampleKind.Plain);
        options.OtherKind.ShouldBe(SampleKind.LargeBatch);
        options.Width.ShouldBe(3);
        options.Blur.ShouldBeNull();
        options.Sizes.ShouldBe([1, 2, 3]);
        options.Scales.ShouldBeEmpty();
        options.Names.ShouldBe(["a", "b c"]);
        options.Views.ShouldBe(new SampleViews { ColorStrength = 2, Flip = 0.25, Crop = 32, Blur = new() { Probability = 0.25 } });
    }

    [Fact]
    public void The_command_line_overrides_the_recipe()
    {
        var options = Bind("batch-size: 64\nsizes: [1]\nwidth: 2", "batch-size=32", "sizes=4, 5", "scales=", "width=null", "output=", "data=a=b,c", "views.flip=-0.5");
        options.BatchSize.ShouldBe(32);
        options.Sizes.ShouldBe([4, 5]);
        Bind("", "sizes=[4, 5]").Sizes.ShouldBe([4, 5]);
        Bind("", "sizes=[]").Sizes.ShouldBeEmpty();
        options.Scales.ShouldBeEmpty();
        options.Width.ShouldBeNull();
        options.Output.ShouldBe("");
        options.Data.ShouldBe("a=b,c");
        options.Views.Flip.ShouldBe(-0.5);
    }

    [Theory]
    [InlineData("\nbatchsize: 3", "r.yaml:2: there is no key 'batchsize'. Did you mean batch-size?")]
    [InlineData("views:\n  colour-strength: 1", "r.yaml:2: there is no key 'views.colour-strength'. Did you mean views.color-strength?")]
    [InlineData("color-strength: 1", "r.yaml:1: there is no key 'color-strength'. Did you mean views.color-strength?")]
    [InlineData("xyzzy-quux: 1", "r.yaml:1: there is no key 'xyzzy-quux'.")]
    [InlineData("BatchSize: 3", "r.yaml:1: there is no key 'BatchSize'. Did you mean batch-size?")]
    [InlineData("doubled: 3", "r.yaml:1: there is no key 'doubled'")]
    [InlineData("batch-size:\n  large: 3", "r.yaml:2: there is no key 'batch-size.large'")]
    [InlineData("<<: {a: 1}", "r.yaml:1: there is no key '<<.a'")]
    [InlineData("views: 3", "r.yaml:1: views is a group of keys, not a value. Set views.color-strength, views.flip, views.crop, views.blur.probability.")]
    [InlineData("views:", "r.yaml:1: views is a group of keys")]
    [InlineData("width: 1\n\nwidth: 2", "r.yaml:3: Duplicate key width.")]
    [InlineData("views: {flip: 1}\nviews.flip: 0", "r.yaml:2: views.flip is given twice, first in r.yaml:1.")]
    [InlineData("drop-last: yes", "r.yaml:1: drop-last must be true or false, not 'yes'.")]
    [InlineData("drop-last: \"true\"", "r.yaml:1: drop-last must be true or false, not the text \"true\".")]
    [InlineData("batch-size: 1.0", "r.yaml:1: batch-size must be a whole number, not '1.0'.")]
    [InlineData("batch-size: 1e3", "not '1e3'")]
    [InlineData("batch-size: 1_000", "not '1_000'")]
    [InlineData("batch-size: 1,000", "not '1,000'")]
    [InlineData("batch-size: 3000000000", "not '3000000000'")]
    [InlineData("batch-size: [1]", "not a list")]
    [InlineData("batch-size: \"1\"", "not the text \"1\"")]
    [InlineData("batch-size: !!int 1", "must be a whole number")]
    [InlineData("batch-size: null", "r.yaml:1: batch-size must be a whole number, not null.")]
    [InlineData("batch-size:", "r.yaml:1: batch-size must be a whole number, not null.")]
    [InlineData("seed: -1", "not '-1'")]
    [InlineData("data: ~", "r.yaml:1: data must be a text, not null.")]
    [InlineData("data: [a]", "data must be a text, not a list.")]
    [InlineData("temperature: 0,5", "r.yaml:1: temperature must be a number, not '0,5'.")]
    [InlineData("temperature: 1e999", "not '1e999'")]
    [InlineData("temperature: NaN", "not 'NaN'")]
    [InlineData("temperature: Infinity", "not 'Infinity'")]
    [InlineData("weight-decay: 1e39", "not '1e39'")]
    [InlineData("kind: larger", "r.yaml:1: kind must be plain|large-batch, not 'larger'.")]
    [InlineData("kind: 1", "r.yaml:1: kind must be plain|large-batch, not '1'.")]
    [InlineData("kind: 1", "not '1'")]
    [InlineData("other-kind: big", "r.yaml:1: other-kind must be plain|large-batch or null, not 'big'.")]
    [InlineData("sizes: 3", "r.yaml:1: sizes must be a list of whole numbers, not '3'.")]
    [InlineData("sizes: [1, 2.5]", "sizes must be a list of whole numbers, not '2.5'.")]
    [InlineData("sizes: [1, null]", "not 'null'")]
    [InlineData("sizes: [[1]]", "not a list")]
    [InlineData("sizes: [1\nwidth: 2", "r.yaml")]
    [InlineData("data: 'q'\n\twidth: 1", "r.yaml:1: While scanning")]
    [InlineData("width: 1\n---\nwidth: 2", "r.yaml:3: a recipe is one YAML document")]
    [InlineData("- 1", "r.yaml:1: a recipe is a map of keys to values.")]
    [InlineData("[a]: 1", "r.yaml:1: a key must be a text.")]
    [InlineData("views: &v\n  flip: 1\n  blur: *v", "anchors and aliases (&v) are not allowed in a recipe.")]
    [InlineData("width: *v", "r.yaml:1: ")]
    [InlineData("views.crop: 0", "r.yaml:1: views.crop: A crop has at least one pixel, not 0.")]
    [InlineData("\nviews:\n  color-strength: 2.5", "r.yaml:3: views.color-strength: The strength lies in [0, 2], not 2.5.")]
    [InlineData("views: {flip: 1, blur: {probability: 0.75}}", "views: Flip and blur together are too much.")]
    [InlineData("views: {blur: {probability: 7}, color-strength: 9}", "r.yaml:1: views.blur.probability must be less than or equal to '1', not 7.")]
    public void A_recipe_that_is_wrong_says_where_and_what(string yaml, string expected)
    {
        var message = Should.Throw<ConfigurationException>(() => Bind(yaml)).Message;
        message.ShouldContain(expected, Case.Sensitive);
        message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("--set: there is no key 'temprature'. Did you mean temperature?", "temprature=1")]
    [InlineData("--set: 'temperature' does not have the form KEY=VALUE.", "temperature")]
    [InlineData("--set: '=1' does not have the form KEY=VALUE.", "=1")]
    [InlineData("--set: width is given twice, first in --set.", "width=1", "width=2")]
    [InlineData("--set: sizes must be a list of whole numbers, not ''.", "sizes=1,,2")]
    [InlineData("--set: sizes must be a list of whole numbers, not 'x'.", "sizes=1,x")]
    [InlineData("--set: sizes must be a list of whole numbers, not '[1'.", "sizes=[1,2")]
    [InlineData("--set: width must be a whole number or null, not ''.", "width=")]
    [InlineData("--set: data must be a text, not null.", "data=null")]
    [InlineData("--set: views.crop: A crop has at least one pixel, not -1.", "views.crop=-1")]
    public void A_command_line_that_is_wrong_says_where_and_what(string expected, params string[] assignments) =>
        Should.Throw<ConfigurationException>(() => Bind("width: 7", assignments)).Message.ShouldContain(expected, Case.Sensitive);

    [Fact]
    public void An_option_and_set_must_not_name_the_same_key()
    {
        Setting[] arguments = [Setting.FromArgument("batch-size", "8", "--batch-size"), Setting.Parse("batch-size=9")];
        Should.Throw<ConfigurationException>(() => OptionsBinder.Bind<SampleOptions>([], arguments))
            .Message.ShouldBe("--set: batch-size is given twice, first in --batch-size.");
    }

    [Fact]
    public void Defaults_are_checked_together_with_given_values() =>
        Should.Throw<ConfigurationException>(() => Bind("", "views.flip=1.25")).Message.ShouldBe("views: Flip and blur together are too much.");

    private static SampleOptions Bind(string yaml, params string[] assignments) =>
        OptionsBinder.Bind<SampleOptions>(Recipe.Parse(yaml, "r.yaml"), assignments.Select(Setting.Parse));
}
