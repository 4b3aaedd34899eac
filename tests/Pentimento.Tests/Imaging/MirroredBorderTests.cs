using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Imaging;

public sealed class MirroredBorderTests
{
    /// <summary>numpy.pad(np.arange(n), p, mode="reflect"); "symmetric" or "edge" would repeat the border.</summary>
    [Theory]
    [InlineData(4, 3, new[] { 3, 2, 1, 0, 1, 2, 3, 2, 1, 0 })]
    [InlineData(3, 7, new[] { 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1 })]
    [InlineData(2, 3, new[] { 1, 0, 1, 0, 1, 0, 1, 0 })]
    [InlineData(1, 2, new[] { 0, 0, 0, 0, 0 })]
    public void Beyond_the_border_lies_the_picture_in_a_mirror_as_in_numpy(int length, int pad, int[] reflected) =>
        Assert.Equal(reflected, Enumerable.Range(-pad, length + 2 * pad).Select(place => MirroredBorder.Of(place, length)));

    /// <summary>np.pad([[1, 2, 3], [4, 5, 6]], ((0, 2), (0, 1)), mode="reflect") and mode="edge".</summary>
    [Theory]
    [InlineData(true, new float[] { 1, 2, 3, 2, 4, 5, 6, 5, 1, 2, 3, 2, 4, 5, 6, 5 })]
    [InlineData(false, new float[] { 1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6, 4, 5, 6, 6 })]
    public void A_network_sees_a_mirror_below_and_to_the_right_or_the_last_row_and_column_again(bool mirrored, float[] expected)
    {
        using var scope = NewDisposeScope();
        foreach (var channels in new[] { 1, 3 })
            foreach (var channelsLast in new[] { false, true })
            {
                var image = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [1, 1, 2, 3]).repeat(2, channels, 1, 1);
                if (channelsLast) image = image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
                var extended = mirrored ? Operations.ExtendToMultiple(image, 4) : Operations.RepeatToMultiple(image, 4);
                Assert.True(extended.equal(tensor(expected, [1, 1, 4, 4]).expand(2, channels, 4, 4)).all().item<bool>());
            }
    }
}
