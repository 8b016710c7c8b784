using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace SimClr.Cli.Commands;

/// <summary>
/// Options that are numbers, parsed independently of the machine's language: digits, a sign, for real numbers a point and an exponent. A
/// comma, NaN and infinities are refused.
/// </summary>
internal static class NumberOption
{
    /// <summary>A whole number within a range.</summary>
    public static Option<int?> Whole(string name, string description, string helpName, int least, int most = int.MaxValue) =>
        Read(name, description, helpName, "a whole number", NumberStyles.AllowLeadingSign, (Int128)least, most, value => (int?)value);

    /// <summary>A seed: any whole number of 64 bits.</summary>
    public static Option<long?> Seed(string description) =>
        Read("--seed", description, "N", "a whole number", NumberStyles.AllowLeadingSign, (Int128)long.MinValue,
            long.MaxValue, value => (long?)value);

    /// <summary>A number above 0.</summary>
    public static Option<double?> Positive(string name, string description, string helpName, double most = double.MaxValue) =>
        Read(name, description, helpName, "a number",
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            double.Epsilon, most, value => (double?)value);

    private static Option<T?> Read<T, TWide>(string name, string description, string helpName,
        string kind, NumberStyles styles, TWide least, TWide most, Func<TWide, T?> narrow)
        where T : struct
        where TWide : struct, INumber<TWide> => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                bool isNumber = TWide.TryParse(text, styles, CultureInfo.InvariantCulture, out var value) && TWide.IsFinite(value);
                string? wrong = !isNumber ? $"{kind}, not '{text}'"
                    : value < least ? least is double.Epsilon ? $"above 0, not {text}"
                        : string.Create(CultureInfo.InvariantCulture, $"at least {least}, not {text}")
                    : value > most ? string.Create(CultureInfo.InvariantCulture, $"at most {most}, not {text}")
                    : null;
                if (wrong is null) return narrow(value);
                result.AddError($"{name} must be {wrong}.");
                return null;
            },
        };
}
