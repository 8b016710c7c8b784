using System.Text.Json.Serialization;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Tests.Recipes;

public sealed class OptionKindsTests
{
    [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
    [JsonDerivedType(typeof(Square), "square")]
    [JsonDerivedType(typeof(RoundShape), "round-shape")]
    public abstract record Shape
    {
        public int Size { get; init; } = 3;
    }

    public sealed record Square : Shape
    {
        public double Tilt { get; init; } = 0.5;
    }

    public sealed record RoundShape : Shape
    {
        public double Radius { get; init; } = 2;

        public string Name { get; init; } = "disc";

        public void Validate() => ArgumentOutOfRangeException.ThrowIfNegative(Radius, nameof(Radius));
    }

    public sealed record Picture
    {
        public int Side { get; init; } = 8;

        public Shape Shape { get; init; } = new Square();
    }

    private static Picture Bind(string yaml, params string[] arguments) => OptionsBinder.Bind<Picture>(Recipe.Parse(yaml, "r.yaml"), arguments.Select(Setting.Parse));

    [Fact]
    public void The_first_kind_needs_no_name_and_every_kind_survives_a_round_trip()
    {
        OptionsText.ToYaml(new Picture()).ShouldBe("version: 2\nside: 8\nshape:\n  size: 3\n  tilt: 0.5\n");
        OptionsText.ToYaml(new Picture { Shape = new RoundShape { Size = 4 } }).ShouldBe("version: 2\nside: 8\nshape:\n  kind: round-shape\n  size: 4\n  radius: 2.0\n  name: \"disc\"\n");
        foreach (Shape shape in (Shape[])[new Square { Tilt = 1 }, new RoundShape { Size = 5, Name = "a: b" }])
            Bind(OptionsText.ToYaml(new Picture { Shape = shape })).Shape.ShouldBe(shape);
        Bind("shape: { kind: square, tilt: 2 }").Shape.ShouldBe(new Square { Tilt = 2 });
        Bind("", "shape.kind=RoundShape", "shape.radius=1").Shape.ShouldBe(new RoundShape { Radius = 1 });
    }

    [Theory]
    [InlineData("shape: { radius: 1 }", "r.yaml:1: shape.radius is a key of shape.kind round-shape, but the kind is square.")]
    [InlineData("shape: { kind: round-shape, tilt: 1 }", "r.yaml:1: shape.tilt is a key of shape.kind square, but the kind is round-shape.")]
    [InlineData("shape: { kind: cube }", "r.yaml:1: shape.kind must be square|round-shape, not 'cube'.")]
    [InlineData("shape: { kind: round-shape, radus: 1 }", "r.yaml:1: there is no key 'shape.radus'. Did you mean shape.radius?")]
    public void Keys_of_another_kind_and_unknown_kinds_are_refused_by_name(string yaml, string message) =>
        Should.Throw<ConfigurationException>(() => Bind(yaml)).Message.ShouldBe(message);

    [Fact]
    public void A_value_of_a_kind_is_checked_under_its_key() =>
        Should.Throw<ConfigurationException>(() => Bind("shape: { kind: round-shape, radius: -1 }")).Message.ShouldBe("r.yaml:1: shape.radius must be a non-negative value, not -1.");

    [Fact]
    public void Selecting_another_kind_on_the_command_line_drops_the_recipes_keys_of_its_kind()
    {
        Bind("shape: { size: 9, tilt: 1 }", "shape.kind=round-shape").Shape.ShouldBe(new RoundShape { Size = 9 });
        Should.Throw<ConfigurationException>(() => Bind("", "shape.kind=round-shape", "shape.tilt=1")).Message.ShouldStartWith("--set: shape.tilt is a key of shape.kind square");
    }

    [Fact]
    public void All_keys_of_all_kinds_are_described_once_with_the_defaults_of_their_kind() => OptionsText.Describe(typeof(Picture)).ShouldBe(
    [
        new("side", "a whole number", "8"),
        new("shape.kind", "square|round-shape", "square"),
        new("shape.size", "a whole number", "3"),
        new("shape.tilt", "a number", "0.5"),
        new("shape.radius", "a number", "2.0"),
        new("shape.name", "a text", "disc"),
    ]);

    [Fact]
    public void Json_has_the_keys_of_the_kind() =>
        OptionsText.ToJson(new Picture { Shape = new RoundShape() }).ToJsonString().ShouldBe("""{"side":8,"shape":{"kind":"round-shape","radius":2,"name":"disc","size":3}}""");

    [Fact]
    public void The_recipe_of_a_ResNet_is_the_same_as_before_kinds_existed()
    {
        OptionsText.ToYaml(new PretrainOptions()).ShouldContain("encoder:\n  channels: 3\n  arch: resnet18\n  width: 1.0\n  stem: auto\n  layout: torchvision\n  selective-kernels: false\n  zero-init-residual: true\n");
        var read = OptionsBinder.Bind<PretrainOptions>(Recipe.Parse("encoder: { kind: custom, name: mine, channels: 1 }", "r.yaml"), []);
        read.Encoder.ShouldBe(new CustomEncoder("mine", _ => null!) { Channels = 1 });
        Should.Throw<ConfigurationException>(() => OptionsBinder.Bind<PretrainOptions>(Recipe.Parse("encoder: { kind: custom }", "r.yaml"), [])).Message.ShouldStartWith("r.yaml:1: encoder.name: The name of a custom encoder has 1 to 100 characters");
    }
}
