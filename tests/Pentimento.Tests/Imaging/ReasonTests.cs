using NetVips;
using Pentimento.Imaging;

namespace Pentimento.Tests.Imaging;

/// <summary>Each file is refused for its own reason, whatever was read before it or is read beside it.</summary>
public sealed class ReasonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_reason_is_the_same_alone_after_others_and_beside_others()
    {
        using var vips = Pictures.Vips(Pictures.Slopes(3, 200, 160));
        byte[] Cut(byte[] content, double kept) => content[..(int)(content.Length * kept)];
        var gif = vips.GifsaveBuffer();
        string[] files =
        [
            _folder.Write("a.tif", Cut(vips.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate, tile: true), 0.5)),
            _folder.Write("b.gif", Cut(gif, 0.5)), _folder.Write("c.png", Cut(vips.PngsaveBuffer(), 0.5)),
            _folder.Write("d.jpg", Cut(vips.JpegsaveBuffer(), 0.5)), _folder.Write("e.webp", Cut(vips.WebpsaveBuffer(lossless: true), 0.5)),
            _folder.Write("f.gif", [.. gif[..12], 0, .. gif[12..40]]), _folder.Write("g.jpg", [0xFF, 0xD8, 0xFF, 0xDB, 0, 5, 1, 2, 3]),
            _folder.Write("h.png", [.. vips.PngsaveBuffer()[..29], 1, 2, 3, 4]),
        ];
        // The first cause: what libpng warned of besides may be another file's, where test classes run side by side.
        string Reason(string file) => Assert.Throws<InvalidDataException>(() => ImageFile.Read(file)).Message.Split("; ")[0];
        var alone = files.Select(Reason).ToArray();
        foreach (var (file, reason) in files.Zip(alone))
        {
            Assert.StartsWith(file + ": ", reason);
            Assert.DoesNotContain('\n', reason);
            Assert.DoesNotContain("unknown error", reason);
            Assert.DoesNotContain("unable to fetch", reason);
        }
        Assert.Equal(alone.Reverse(), files.Reverse().Select(Reason));
        var many = Enumerable.Range(0, 400).AsParallel().AsOrdered().WithDegreeOfParallelism(8)
            .Select(i => Reason(files[i % files.Length])).ToArray();
        Assert.Equal(Enumerable.Range(0, 400).Select(i => alone[i % alone.Length]), many);
    }
}
