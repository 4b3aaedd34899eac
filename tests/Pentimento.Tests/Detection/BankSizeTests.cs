using System.Text.Json;
using Pentimento.Detection;

namespace Pentimento.Tests.Detection;

public sealed class BankSizeTests
{
    [Fact]
    public void A_number_and_a_share_are_taken_but_never_more_than_there_are()
    {
        Assert.Equal(BankSize.Default, new BankSize().Count(1_000_000, 64));
        Assert.Equal(100, new BankSize { Patches = 6000 }.Count(100, 64));
        Assert.Equal(100, new BankSize { Share = 0.1 }.Count(1000, 64));
        Assert.Equal(1, new BankSize { Share = 0.001 }.Count(5, 64));
        Assert.Equal(5, new BankSize { Share = 1 }.Count(5, 64));
    }

    [Theory]
    [InlineData(10_000, 1000, 64)]
    [InlineData(40_000_000, 1_000_000, 768)] // a bank that is searched in lists
    [InlineData(45_000_000, 16_000, 768)] // too few for lists
    [InlineData(long.MaxValue, 1000, 64)]
    [InlineData(256, 7, 64)]
    public void A_budget_alone_takes_as_many_as_fit(long bytes, long patches, long dimensions)
    {
        var count = new BankSize { Memory = bytes }.Count(patches, dimensions);
        Assert.True(MemoryBank.BytesOf(count, dimensions) <= bytes);
        Assert.True(count == patches || MemoryBank.BytesOf(count + 1, dimensions) > bytes, $"{count}");
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_what_it_would_take()
    {
        var error = Assert.Throws<ArgumentException>(() => new BankSize { Patches = 1000, Memory = 100_000 }.Count(5000, 64));
        Assert.Equal("A memory bank of 1,000 patches of 64 values takes 256 kB, more than the 100 kB allowed.", error.Message);
        Assert.Equal(1000, new BankSize { Patches = 1000, Memory = 256_000 }.Count(5000, 64));
        Assert.Contains("one patch", Assert.Throws<ArgumentException>(() =>
            new BankSize { Memory = 255 }.Count(5000, 64)).Message);
    }

    [Fact]
    public void It_is_written_and_read_as_json_and_a_plain_number_is_one_too()
    {
        Assert.Equal("100", JsonSerializer.Serialize<BankSize>(100));
        Assert.Equal(100, JsonSerializer.Deserialize<BankSize>("100")!.Patches);
        foreach (var size in new BankSize[] { 7, new() { Share = 0.1, Memory = 5 }, new() { Memory = 1L << 40 },
            new() { Patches = 3, Memory = 9 } })
            Assert.Equal(size, JsonSerializer.Deserialize<BankSize>(JsonSerializer.Serialize(size)));
    }
}
