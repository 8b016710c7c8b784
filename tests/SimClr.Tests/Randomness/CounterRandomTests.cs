using SimClr.Randomness;

namespace SimClr.Tests.Randomness;

public sealed class CounterRandomTests
{
    [Fact]
    public void The_generator_gives_the_published_numbers()
    {
        var random = new CounterRandom(1234567);
        new[] { random.NextBits(), random.NextBits(), random.NextBits() }
            .ShouldBe([6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    [Fact]
    public void A_bounded_number_takes_each_value_equally_often()
    {
        var random = new CounterRandom(7);
        var counts = new int[10];
        for (int i = 0; i < 100_000; i++) counts[random.Below(10)]++;
        counts.ShouldAllBe(count => Math.Abs(count - 10_000) < 500); // five standard deviations
    }

    [Fact]
    public void Skipping_equals_drawing_and_discarding()
    {
        var drawn = new CounterRandom(1, 2, 3, 0);
        var skipped = drawn.Skip(5);
        for (int i = 0; i < 5; i++) drawn.NextBits();
        skipped.NextBits().ShouldBe(drawn.NextBits());
    }

    // Computed in Python from the definition. Runs with augmentations resume from checkpoints, which requires that these numbers never
    // change.
    [Fact]
    public void Every_name_has_its_own_stream_beside_the_views()
    {
        var view = new CounterRandom(1, 2, 3, 0);
        var named = view.Beside(CounterRandom.Stream("cutout"));
        new[] { named.NextBits(), named.NextBits() }.ShouldBe([14880591584965329446, 499172684830304661]);
        view.NextBits().ShouldBe(3238366172311670044UL);
    }
}
