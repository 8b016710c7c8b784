using SimClr.Runtime;

namespace SimClr.Tests.Runtime;

public sealed class LibTorchTests
{
    [Fact]
    public void TorchSharp_finds_its_native_libraries_by_itself()
    {
        LibTorch.Load();
        using var two = TorchSharp.torch.ones(2).sum();
        two.item<float>().ShouldBe(2);
        LibTorch.Directory.ShouldNotBeNull();
    }

    [Fact]
    public void A_truncated_library_is_refused_and_not_patched()
    {
        Needs.Linux("an ELF library");
        byte[] library = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libtorch", "libLibTorchSharp.so"));
        Should.Throw<InvalidDataException>(() => ElfVersionRequirements.MakeWeak(library.AsSpan(0, 4096), "GLIBCXX_3.4.32"));
        Should.Throw<InvalidDataException>(() => ElfVersionRequirements.MakeWeak("not a library"u8.ToArray(), "GLIBCXX_3.4.32"));
    }

    [Fact]
    public void The_patch_changes_only_the_weak_flag_of_one_requirement()
    {
        Needs.Linux("an ELF library");
        byte[] before = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libtorch", "libLibTorchSharp.so"));
        byte[] after = [.. before];

        ElfVersionRequirements.MakeWeak(after, "GLIBCXX_3.4.32").ShouldBe(1);

        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToList();
        changed.Count.ShouldBe(1);
        (before[changed[0]], after[changed[0]]).ShouldBe(((byte)0, (byte)2)); // VER_FLG_WEAK
        ElfVersionRequirements.MakeWeak(after, "GLIBCXX_9.9.99").ShouldBe(0);
    }
}
