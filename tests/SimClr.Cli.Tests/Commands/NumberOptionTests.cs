using System.CommandLine;
using SimClr.Cli.Commands;
using SimClr.FineTuning;
using SimClr.Pretraining;
using SimClr.Recipes;

namespace SimClr.Cli.Tests.Commands;

/// <summary>Every option of every command that takes a number or one of a few words.</summary>
public sealed class NumberOptionTests
{
    private static readonly string[] NoNumbers = ["0,5", "1,000", "1.000,5", "1_000", "1 000", "5x", "x5", "0x10", "٣", "½", "1e", "NaN", "Infinity", "-Infinity", "∞", "1e999", "(5)", "5%", "$5"];

    private static IEnumerable<(string Command, Option Option)> All(Command? command = null, string name = "")
    {
        command ??= CommandLine.Create();
        var own = command.Options.Where(o => !o.Hidden && o.ValueType != typeof(bool)).Select(option => (name, option));
        return own.Concat(command.Subcommands.Where(c => c.Name != "complete").SelectMany(c => All(c, $"{name} {c.Name}".Trim())));
    }

    private static Type Kind(Option option) => Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;

    // A command that needs weights and data, or embeddings, checks them first.
    private static List<string> Errors(string command, string option, string value)
    {
        string[] encoding = command is "search" or "duplicates" or "cluster" ? ["--weights", "x", "--data", "x"] : [];
        return [.. CommandLine.Create().Parse([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. encoding, option, value]).Errors.Select(e => e.Message).Where(m => m.Contains($"{option} ", StringComparison.Ordinal))];
    }

    [Fact]
    public void A_value_that_is_not_a_number_is_refused_with_option_and_value()
    {
        var numbers = All().Where(o => Kind(o.Option) == typeof(int) || Kind(o.Option) == typeof(long) || Kind(o.Option) == typeof(double)).ToList();
        numbers.Count.ShouldBeGreaterThan(60);
        foreach (var (command, option) in numbers)
        {
            foreach (string text in NoNumbers)
            {
                string message = Errors(command, option.Name, text).ShouldHaveSingleItem($"{command} {option.Name} {text}");
                message.ShouldContain($"'{text}'", customMessage: $"{command} {option.Name}");
            }
        }
    }

    [Fact]
    public void An_integer_has_no_point()
    {
        foreach (var (command, option) in All().Where(o => Kind(o.Option) == typeof(int)))
        {
            foreach (string text in (string[])["1.5", "1e3", "1.0"]) Errors(command, option.Name, text).ShouldHaveSingleItem($"{command} {option.Name} {text}").ShouldContain($"must be a whole number, not '{text}'");
            Errors(command, option.Name, "99999999999999999999").ShouldHaveSingleItem(option.Name).ShouldContain("must be at most");
        }
    }

    [Theory]
    [InlineData("duplicates", "--threshold", "0.001", 0.001)]
    [InlineData("duplicates", "--threshold", "1", 1.0)]
    [InlineData("finetune", "--lr", "5e-2", 0.05)]
    [InlineData("finetune", "--lr", ".5", 0.5)]
    [InlineData("cluster", "--seed", "-9223372036854775808", long.MinValue)]
    [InlineData("search", "--k", "+7", 7)]
    public void What_is_one_is_read_as_it_stands(string command, string option, string text, object expected)
    {
        Errors(command, option, text).ShouldBeEmpty();
        var parsed = CommandLine.Create().Parse([command, option, text]);
        parsed.CommandResult.GetResult(option).ShouldBeOfType<System.CommandLine.Parsing.OptionResult>().GetValueOrDefault<object>().ShouldBe(expected);
    }

    [Theory]
    [InlineData("duplicates", "--threshold", "0", "--threshold must be above 0, not 0.")]
    [InlineData("duplicates", "--threshold", "1.0000001", "--threshold must be at most 1, not 1.0000001.")]
    [InlineData("finetune", "--lr", "-1", "--lr must be above 0, not -1.")]
    [InlineData("pack", "--quality", "101", "--quality must be at most 100, not 101.")]
    [InlineData("finetune", "--head-layers", "-1", "--head-layers must be at least 0, not -1.")]
    public void A_range_is_in_the_message(string command, string option, string text, string sentence) => Errors(command, option, text).ShouldBe([sentence]);

    [Fact]
    public void A_choice_is_accepted_in_any_case_and_not_as_a_number()
    {
        var words = All().Where(o => o.Option.ValueType.IsEnum).ToList();
        words.Count.ShouldBeGreaterThan(5);
        foreach (var (command, option) in words)
        {
            foreach (string text in (string[])["0", "1", "-1", "nonsense", "a,b"])
                Errors(command, option.Name, text).ShouldHaveSingleItem($"{command} {option.Name} {text}").ShouldEndWith($"not '{text}'.");
            foreach (string name in Enum.GetNames(option.ValueType)) foreach (string text in (string[])[name, name.ToLowerInvariant(), name.ToUpperInvariant()]) Errors(command, option.Name, text).ShouldBeEmpty(text);
        }
    }

    [Theory]
    [InlineData("256,5MB")]
    [InlineData("1,000")]
    [InlineData("NaN")]
    [InlineData("∞GB")]
    [InlineData("-1GB")]
    public void A_size_has_no_comma(string text) => Errors("pack", "--shard-size", text).ShouldHaveSingleItem().ShouldEndWith($"not '{text}'.");

    [Theory]
    [InlineData("0,5%")]
    [InlineData("1,000")]
    [InlineData("NaN%")]
    public void A_share_has_no_comma(string text) => Errors("finetune", "--labels", text).ShouldHaveSingleItem().ShouldEndWith($"not '{text}'.");

    [Fact]
    public void No_key_of_a_recipe_takes_a_comma_NaN_or_an_infinity_for_a_number()
    {
        Refused<PretrainOptions>();
        Refused<FineTuneOptions>();
        Refused<DistillOptions>();

        static void Refused<T>() where T : class, new()
        {
            foreach (var key in OptionKey.Of(typeof(T)).Where(k => !k.Type.IsList && Type.GetTypeCode(k.Type.Scalar) is not (TypeCode.Boolean or TypeCode.String) && !k.Type.Scalar.IsEnum))
            {
                foreach (string text in (string[])["0,5", "1_000", "NaN", ".nan", ".inf", "-.inf", "1e999", "5x"])
                    Should.Throw<ConfigurationException>(() => OptionsBinder.Bind<T>([], [Setting.FromArgument(key.Path, text, "--set")]), $"{key.Path}={text}");
            }
        }
    }
}
