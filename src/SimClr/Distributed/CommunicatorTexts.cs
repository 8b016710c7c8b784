using System.Text;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Exchanges texts as UTF-8 bytes.</summary>
public static class CommunicatorTexts
{
    /// <summary>Gathers the texts of all ranks, in order, on every rank.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="text">The text of this rank.</param>
    public static IReadOnlyList<string> AllGather(this ICommunicator communicator, string text)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        using var scope = NewDisposeScope();
        byte[] own = Encoding.UTF8.GetBytes(text);
        var lengths = communicator.AllGather(tensor((long)own.Length)).data<long>().ToArray();
        var padded = new byte[Math.Max(1, lengths.Max())];
        own.CopyTo(padded, 0);
        var all = communicator.AllGather(tensor(padded));                       // (W, longest)
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(all.bytes.Slice(rank * padded.Length, (int)length)))];
    }

    /// <summary>Sends rank 0's text to every rank.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="text">Used on rank 0 only.</param>
    public static string FromFirst(this ICommunicator communicator, string text)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        return communicator.AllGather(communicator.Rank == 0 ? text : "")[0];
    }
}
