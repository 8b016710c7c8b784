using SimClr.IO;

namespace SimClr.Tests.IO;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("photo ünïcode 猫 👨\u200d👩\u200d👧.jpg", "photo ünïcode 猫 👨\u200d👩\u200d👧.jpg")]
    [InlineData(@"C:\photos", @"C:\photos")]
    [InlineData("a\nb\rc\td", @"a\nb\rc\td")]
    [InlineData("\u001b]0;title\u0007\u001b[2J", @"\x1b]0;title\x07\x1b[2J")]
    [InlineData("\u007f\u009b2J\u0085", @"\x7f\x9b2J\x85")] // DEL, and C1's CSI and next line
    [InlineData("\u202egnp.exe\u2066\u200f\u061c", @"\u202egnp.exe\u2066\u200f\u061c")]
    [InlineData("a\u2028b\u2029", @"a\u2028b\u2029")]
    public void What_a_terminal_would_obey_is_shown_and_all_else_is_left(string text, string shown) => Printable.Of(text).ShouldBe(shown);
}
