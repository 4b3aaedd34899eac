using System.Runtime.InteropServices;
using Pentimento.Build;

namespace Pentimento.Tests.Build;

public sealed class OlderLibstdcxxTests
{
    private static string LibraryInOutput =>
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void The_library_in_the_output_needs_no_newer_libstdcxx_than_that_of_Ubuntu_22_04()
    {
        Assert.SkipUnless(RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && File.Exists(LibraryInOutput),
            "Only Linux x64 builds carry the library.");
        var elf = new ElfImage(File.ReadAllBytes(LibraryInOutput));
        Assert.Null(elf.FindNeededVersion("GLIBCXX_3.4.31"));
        Assert.Null(elf.FindNeededVersion("GLIBCXX_3.4.32"));
        Assert.NotNull(elf.FindNeededVersion("GLIBCXX_3.4"));
        Assert.True(elf.FindUndefinedSymbol("_ZNSt8ios_base4InitC1Ev") >= 0);
    }

    [Fact]
    public void A_library_without_the_symbol_is_left_as_it_is()
    {
        Assert.SkipUnless(RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && File.Exists(LibraryInOutput),
            "Only Linux x64 builds carry the library.");
        var before = File.ReadAllBytes(LibraryInOutput);
        var after = before.ToArray();
        Assert.False(OlderLibstdcxx.Adapt(after));
        Assert.Equal(before, after);
    }

    [Fact]
    public void A_file_that_is_no_ELF_library_is_refused() =>
        Assert.Throws<InvalidDataException>(() => OlderLibstdcxx.Adapt(new byte[100]));

    [Fact]
    public void Tensors_work_on_this_machine()
    {
        using var sum = TorchSharp.torch.ones(3).sum();
        Assert.Equal(3f, sum.item<float>());
    }
}
