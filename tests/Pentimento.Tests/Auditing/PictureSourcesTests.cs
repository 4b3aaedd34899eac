using Pentimento.Auditing;
using Pentimento.Data;

namespace Pentimento.Tests.Auditing;

public sealed class PictureSourcesTests
{
    [Fact]
    public void A_pattern_goes_before_groups_these_before_folders_and_these_before_headers()
    {
        ImageItem[] items = [new("x/a1.png", "x", null, "g1"), new("x/b1.png", "x", null, "g1"), new("y/c2.png", "y", null, "g2")];
        string[] headers = ["PNG", "JPEG", "JPEG"];
        Assert.Equal(["1", "1", "2"], PictureSources.Of(items, headers, @"\D(\d)\.png")!.Value.Sources);
        Assert.Equal(["a1.png", null, null], PictureSources.Of(items, headers, @"a1.png")!.Value.Sources);
        Assert.Equal(["g1", "g1", "g2"], PictureSources.Of(items, headers, null)!.Value.Sources);
        items = [.. items.Select(i => i with { Group = null })];
        Assert.Equal(["x", "x", "y"], PictureSources.Of(items, headers, null)!.Value.Sources);
        items = [.. items.Select(i => i with { Label = null })];
        Assert.Equal(headers, PictureSources.Of(items, headers, null)!.Value.Sources);
        Assert.Null(PictureSources.Of(items, ["PNG", "PNG", "PNG"], null));
        Assert.Null(PictureSources.Of(items, [null, null, null], null));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("nothing like it")]
    public void A_pattern_that_cannot_be_used_is_refused(string pattern) =>
        Assert.Contains(pattern, Assert.Throws<ArgumentException>(() => PictureSources.Of([new("a.png")], [null], pattern)).Message,
            StringComparison.Ordinal);
}
