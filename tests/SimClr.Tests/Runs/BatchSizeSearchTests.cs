using System.Runtime.InteropServices;
using SimClr.Models;
using SimClr.Pretraining;
using SimClr.Runs;

namespace SimClr.Tests.Runs;

public sealed class BatchSizeSearchTests
{
    [Fact]
    public void The_batch_that_is_found_fits_and_an_eighth_more_does_not()
    {
        foreach (int failed in new[] { 2, 3, 100, 512, 4096 })
        {
            for (int most = 1; most < failed; most += Math.Max(1, most / 3))
            {
                int tried = 0;
                int found = BatchSizeSearch.Find(failed, n =>
                {
                    tried++;
                    return n <= most;
                })!.Value;
                found.ShouldBeInRange(Math.Max(1, most - Math.Max(1, found / 8)), most);
                tried.ShouldBeLessThanOrEqualTo(18);
            }
            BatchSizeSearch.Find(failed, _ => false).ShouldBeNull();
        }
    }

    [Fact]
    public void Out_of_memory_is_reported_with_the_size_that_fits_and_other_errors_pass()
    {
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = 8 }, BatchSize = 12, Epochs = 1, Encoder = new ResNetOptions { Width = 0.0625 }, Head = new() { OutputDim = 8 } };
        using var model = new SimClrModel(options.Encoder, options.Head, 8, 0);
        using var pretrainer = new Pretrainer(model, options, 12);
        var error = Should.Throw<InsufficientMemoryException>(() => BatchSizeSearch.Say<int>(pretrainer, () => throw new FromLibtorch("CUDA out of memory. Tried to allocate 2.00 GiB.")));
        error.Message.ShouldContain("a step of 12 images. 11 fit: use --batch-size 11, or --micro-batch-size 11"); // here everything fits
        Should.Throw<ExternalException>(() => BatchSizeSearch.Say<int>(pretrainer, () => throw new FromLibtorch("a shape is wrong")));
    }

    // The others wait in the exchange of a step: this rank's batch norms must not begin another one.
    [Fact]
    public void A_rank_of_several_that_runs_out_of_memory_says_so_and_tries_nothing() => Distributed.ThreadRanks.Run(2, ranks =>
    {
        if (ranks.Rank == 1) return; // in the collective of a step, which never ends
        var options = new PretrainOptions { Preprocessing = new() { ImageSize = 8 }, BatchSize = 12, Epochs = 1, Encoder = new ResNetOptions { Width = 0.0625 }, Head = new() { OutputDim = 8 } };
        using var model = new SimClrModel(options.Encoder, options.Head, 8, 0);
        using var pretrainer = new Pretrainer(model, options, 12, communicator: ranks);
        Should.Throw<InsufficientMemoryException>(() => BatchSizeSearch.Say<int>(pretrainer, () => throw new FromLibtorch("CUDA out of memory. Tried to allocate 2.00 GiB."))).Message
            .ShouldBe("The device's memory is too small for this rank's 6 images of a step of 12. Use --micro-batch-size 6 for the same gradient, a smaller --batch-size, or more ranks.");
    });

    private sealed class FromLibtorch(string message) : ExternalException(message);
}
