using Pentimento.Numerics;

namespace Pentimento.Tests.Numerics;

/// <summary>The sizes that oneDNN could not see are put where it looks for them, and nowhere else.</summary>
public sealed class HiddenCachesTests
{
    [Fact]
    public void Sizes_are_written_where_the_library_keeps_what_it_saw()
    {
        uint[] memory = [7, 0, .. Structure(1, 1, 1), 3, 0, 9, .. Structure(2, 2, 4), 3];
        Assert.Equal(2, HiddenCaches.Mend(memory, [1, 1, 1]));
        uint[] mended = [7, 0, 32u << 10, 512u << 10, 1u << 20, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 9];
        Assert.Equal(mended, memory[..25]);
        Assert.Equal([64u << 10, 1u << 20, 4u << 20], memory[25..28]); // as much for each core that shares it
    }

    [Fact]
    public void What_only_looks_like_it_is_left_alone()
    {
        uint[][] others =
        [
            [.. Structure(1, 1, 1), 2, 0], [.. Structure(1, 0, 1), 3, 0],
            [1, 1, 1, 0, 0, 0, 0, 0, 0, 5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0],
            Structure(1, 1, 1), [], [1, 1, 1],
        ];
        foreach (var memory in others)
        {
            uint[] before = [.. memory];
            Assert.Equal(0, HiddenCaches.Mend(memory, [1, 1, 1]));
            Assert.Equal(before, memory);
        }
    }

    private static uint[] Structure(uint first, uint second, uint third) =>
        [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, first, second, third, 0, 0, 0, 0, 0, 0, 0];
}
