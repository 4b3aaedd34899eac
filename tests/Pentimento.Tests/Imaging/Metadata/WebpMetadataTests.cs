using System.Text;
using NetVips;
using Pentimento.Imaging;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Tests.Imaging.Metadata;

/// <summary>WebP gets and keeps EXIF to the byte, XMP, profile and alpha.</summary>
public sealed class WebpMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public void What_a_file_says_goes_over_to_WebP_and_from_there_to_WebP(bool hasAlpha)
    {
        byte[] note = [.. "OLYMPUS\0II"u8, 3, 0, 9, 8, 7];
        var block = JpegFixture.Exif(1, note, JpegFixture.Plain(8, 8));
        var xmp = JpegFixture.Xmp("xmp:Rating=\"4\"");
        using var plain = Pictures.Vips(Pictures.Slopes(hasAlpha ? 4 : 3, 21, 15), Enums.Interpretation.Srgb);
        using var tagged = plain.Mutate(m =>
        {
            m.Set(GValue.BlobType, "icc-profile-data", AdobeRgb.Profile());
            m.Set(GValue.BlobType, "xmp-data", Encoding.UTF8.GetBytes(xmp));
        });
        var png = tagged.PngsaveBuffer(keep: Enums.ForeignKeep.Icc | Enums.ForeignKeep.Xmp);
        var chunk = new MemoryStream();
        PngPieces.Write(chunk, new PngChunk("eXIf", block));
        _folder.Write("a.png", [.. png[..33], .. chunk.ToArray(), .. png[33..]]);

        foreach (var (from, to) in new[] { ("a.png", "b.webp"), ("b.webp", "c.webp") })
        {
            var read = ImageFile.Read(_folder.File(from), new ImageReadOptions { Alpha = AlphaRule.Ignore });
            Assert.Empty(ImageFile.WriteLike(_folder.File(from), read, _folder.File(to)));
            using var before = Image.NewFromFile(_folder.File(from));
            using var after = Image.NewFromFile(_folder.File(to));
            Assert.Equal(0, (before - after).Abs().Max());
            Assert.Equal(AdobeRgb.Profile(), (byte[])after.Get("icc-profile-data"));
            Assert.Equal(xmp, Encoding.UTF8.GetString((byte[])after.Get("xmp-data")));
            var content = File.ReadAllBytes(_folder.File(to));
            Assert.Equal((uint)content.Length - 8, BitConverter.ToUInt32(content, 4));
            Assert.True(content.AsSpan().IndexOf(ExifBlock.Upright(block, isTurned: false)) > 0);
        }
    }
}
