using System.Security.Cryptography;
using SimClr.Protocols;
using TorchSharp;

namespace SimClr.Tests.Protocols;

public sealed class EvaluationHashTests
{
    public EvaluationHashTests() => SimClr.Runtime.LibTorch.Load();

    [Fact]
    public void The_hash_covers_labels_then_values_however_they_are_split()
    {
        long[] labels = [3, 1, 2];
        float[] values = [.. Enumerable.Range(0, 12).Select(i => i * 0.5f)];
        using var scope = torch.NewDisposeScope();
        byte[] bytes = [.. labels.SelectMany(BitConverter.GetBytes), .. values.SelectMany(BitConverter.GetBytes)];
        string expected = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var all = torch.tensor(values).reshape(3, 4);
        EncoderEvaluation.Sha256(torch.tensor(labels), [all]).ShouldBe(expected);
        EncoderEvaluation.Sha256(torch.tensor(labels), [all.narrow(0, 0, 1).reshape(1, 1, 2, 2), all.narrow(0, 1, 2).reshape(2, 1, 2, 2)]).ShouldBe(expected);
    }

    // 175,000 training images are more bytes than a span holds. Zeros that are never written take no memory.
    [Fact]
    [Trait("Duration", "Long")]
    public void The_hash_covers_more_than_2_GiB()
    {
        const int Images = 175_000, Numbers = 3_072;
        using var scope = torch.NewDisposeScope();
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] row = new byte[4 * Numbers];
        sha.AppendData(new byte[8 * Images]);
        for (int i = 0; i < Images; i++) sha.AppendData(row);
        EncoderEvaluation.Sha256(torch.zeros(Images, torch.int64), [torch.zeros(Images, Numbers)]).ShouldBe(Convert.ToHexStringLower(sha.GetHashAndReset()));
    }
}
