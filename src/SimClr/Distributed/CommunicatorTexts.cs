using System.Text;
using static TorchSharp.torch;

namespace SimClr.Distributed;

/// <summary>Texts, exchanged as their UTF-8 bytes.</summary>
public static class CommunicatorTexts
{
    /// <summary>Every rank's text, by rank, on every rank.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="text">This one's.</param>
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

    /// <summary>Rank 0's text, on every rank.</summary>
    /// <param name="communicator">The ranks.</param>
    /// <param name="text">Looked at on rank 0 alone.</param>
    public static string FromFirst(this ICommunicator communicator, string text)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        return communicator.AllGather(communicator.Rank == 0 ? text : "")[0];
    }
}
