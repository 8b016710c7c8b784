using System.Globalization;
using System.Text.Json;
using SimClr.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>
/// The processes of one run that an MPI launcher started, or this process alone. Rank 0 prints and writes for all. The other ranks print
/// only if they fail, and then all ranks end.
/// </summary>
public sealed class Ranks : IDisposable
{

    private readonly MpiWorld? world;
    private readonly TimedCommunicator.Clock clock;
    private readonly IReadOnlyList<(string Host, HashSet<int> Processors)> places;

    private Ranks(MpiWorld? world, int started, TimeProvider time)
    {
        (this.world, clock) = (world, new(time));
        Communicator = new TimedCommunicator(world?.Communicator ?? (ICommunicator)new SingleProcessCommunicator(), clock);
        if (world is not null && Size == 1)
        {
            throw new ConfigurationException(
                $"The launcher started {started} processes, and each is alone in MPI ({world.Version}): take the mpirun of that " +
                $"MPI, or with Slurm srun --mpi=pmix (srun --mpi=list says what there is).");
        }
        places = world is null ? [(Environment.MachineName, [])]
            : [.. Communicator.AllGather($"{Environment.MachineName}\n{AllowedProcessors}").Select(Parse)];
    }

    /// <summary>The communicator of the ranks, for tensors on the CPU.</summary>
    public ICommunicator Communicator { get; }

    /// <summary>The index of this process, in [0, <see cref="Size"/>).</summary>
    public int Rank => Communicator.Rank;

    /// <summary>The number of processes, at least 1.</summary>
    public int Size => Communicator.Size;

    /// <summary>Whether this is rank 0, which prints and writes for all.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Seconds that this rank has spent in collectives.</summary>
    public double Seconds => clock.Seconds;

    /// <summary>The index of this rank among those on its host; it selects the GPU.</summary>
    public int LocalRank => places.Take(Rank).Count(place => place.Host == places[Rank].Host);

    /// <summary>The number of hosts.</summary>
    public int Hosts => places.Select(place => place.Host).Distinct().Count();

    /// <summary>
    /// The processors for this rank: those that it may use, shared equally with the other ranks that may use them too. Null for a single
    /// rank.
    /// </summary>
    public int? Threads
    {
        get
        {
            if (world is null) return null;
            var mine = places[Rank];
            double share = mine.Processors.Sum(p => 1.0 / places.Count(place => place.Host == mine.Host && place.Processors.Contains(p)));
            return Math.Max(1, (int)Math.Round(share * Environment.ProcessorCount / Math.Max(1, mine.Processors.Count)));
        }
    }

    /// <summary>This process alone, whatever started it.</summary>
    public static Ranks Alone => new(null, 1, TimeProvider.System);

    /// <summary>Runs the same work on every rank of the launcher. If it fails on one rank, all ranks end.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="work">Returns an exit code.</param>
    /// <param name="failed">
    /// Called if the work fails on one of several ranks, to report it; returns the exit code of all ranks. Then this process ends.
    /// </param>
    /// <returns>The largest exit code of all ranks.</returns>
    public static async Task<int> RunAsync(MpiLauncher launcher, Func<Ranks, Task<int>> work, Func<Ranks, Exception, int> failed)
    {
        if (launcher.Size > 1) LibTorch.Load(); // texts are exchanged as tensors
        using var ranks = new Ranks(launcher.Size > 1 ? MpiWorld.Start(launcher.IsMpich) : null, launcher.Size, TimeProvider.System);
        try
        {
            int exitCode = ranks.Largest(await work(ranks));
            ranks.Communicator.Barrier();
            return exitCode;
        }
        catch (Exception e) when (ranks.world is not null)
        {
            ranks.world.Abort(failed(ranks, e));
            throw;
        }
    }

    /// <summary>A rank's name for people.</summary>
    /// <param name="rank">From 0 to the number of ranks − 1.</param>
    public string Name(int rank) => $"rank {rank} of {Size} on {places[rank].Host}";

    /// <summary>Requires that all ranks have the same text.</summary>
    /// <param name="what">The subject of the message, in the plural.</param>
    /// <param name="text">Makes the text of this rank, if there are others. For several lines, the first that differs is shown.</param>
    /// <exception cref="InvalidDataException">On every rank: the text of a rank, which is named, differs from rank 0's.</exception>
    public void RequireSame(string what, Func<string> text)
    {
        if (Size == 1) return;
        var all = Communicator.AllGather(text());
        int other = Enumerable.Range(1, Size - 1).FirstOrDefault(rank => all[rank] != all[0]);
        if (other == 0) return;
        string[] first = all[0].Split('\n'), its = all[other].Split('\n');
        int line = Enumerable.Range(0, Math.Max(first.Length, its.Length))
            .First(i => first.ElementAtOrDefault(i) != its.ElementAtOrDefault(i));
        throw new InvalidDataException($"The ranks have different {what}: {Name(0)} '{first.ElementAtOrDefault(line)}', {Name(other)} " +
            $"'{its.ElementAtOrDefault(line)}'.");
    }

    /// <summary>Rank 0's options; they are made on rank 0 only.</summary>
    /// <param name="options">Makes them; called on rank 0 only.</param>
    public T Share<T>(Func<T> options) where T : class
    {
        if (Size == 1) return options();
        var own = IsFirst ? options() : null;
        string text = Communicator.FromFirst(own is null ? "" : JsonSerializer.Serialize(own, JsonSerializerOptions.Strict));
        return own ?? JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Strict)!;
    }

    /// <summary>The communicator for tensors on a device; GPUs are connected by NCCL.</summary>
    /// <param name="device">The CPU or a GPU.</param>
    /// <returns>Owned by the caller.</returns>
    public ICommunicator For(Device device) => device.type == DeviceType.CUDA && world is not null
        ? new TimedCommunicator(new NcclCommunicator(world.Communicator, device.index), clock)
        : Communicator;

    /// <summary>Whether something is true on any rank; the same on all.</summary>
    /// <param name="here">Whether it is true on this rank.</param>
    public bool Any(bool here) => Size == 1 ? here : Largest(here ? 1 : 0) > 0;

    /// <summary>
    /// As <see cref="Machine.Prepare"/>. With <c>cuda</c> each rank gets its own GPU, and by default its share of the processors.
    /// </summary>
    /// <param name="device">As for <see cref="Machine.Prepare"/>.</param>
    /// <param name="threads">Threads that compute on this rank; null for its share of the processors.</param>
    public Device Prepare(string device, int? threads) => Machine.Prepare(Own(device), threads ?? Threads);

    /// <summary>As <see cref="Machine.Find"/>. With <c>cuda</c> each rank gets its own GPU.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    public Device Find(string device) => Machine.Find(Own(device));

    /// <summary>Runs work on rank 0, then on the others, which find rank 0's results on a shared disk.</summary>
    /// <param name="work">Called once on each rank.</param>
    public async Task<T> FirstThenOthersAsync<T>(Func<Task<T>> work)
    {
        if (!IsFirst) Communicator.Barrier();
        var result = await work();
        if (IsFirst) Communicator.Barrier();
        return result;
    }

    // All on GPUs or all on CPUs, where the device is chosen automatically.
    private string Own(string device)
    {
        if (Size == 1) return device;
        if (device == Machine.Auto) device = Any(!HasOwnGpu()) ? "cpu" : "cuda";
        return device == "cuda" ? $"cuda:{LocalRank}" : device;
    }

    private bool HasOwnGpu()
    {
        try
        {
            return Machine.Find($"cuda:{LocalRank}").type == DeviceType.CUDA;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

    private int Largest(int number)
    {
        using var own = tensor((long)number);
        using var all = Communicator.AllGather(own);
        return (int)all.data<long>().Max();
    }

    private static string AllowedProcessors => HostProcess.Current.AllowedProcessors;

    private static (string Host, HashSet<int> Processors) Parse(string place)
    {
        string[] lines = place.Split('\n');
        return (lines[0], [.. lines[1].Split(',').SelectMany(run =>
        {
            int[] ends = [.. run.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        })]);
    }

    /// <summary>Ends MPI if it was started.</summary>
    public void Dispose() => world?.Dispose();
}
