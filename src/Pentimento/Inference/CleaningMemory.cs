using System.Diagnostics;

namespace Pentimento.Inference;

/// <summary>
/// What cleaning holds in memory: the process as it is with its model loaded, the network's activations for each pixel of a tile,
/// the rows of the picture at hand, and what its decoder and encoder hold. The first two are measured on this machine, by
/// cleaning two small pictures of noise; the others follow from the picture.
/// </summary>
internal sealed class CleaningMemory
{
    /// <summary>The side of the larger of the two pictures that are cleaned to measure.</summary>
    public const int ProbeSide = 384;

    // From runs with pictures of 1.5 to 15 megapixels, up to 30,000 wide: what the small pictures do not show of large tiles; what
    // libvips holds besides the rows asked for; noise estimates, code that is loaded later, garbage that is not collected yet.
    private const double Margin = 1.1;
    private const int RowsInside = 2000, LeastPerPixel = 200; // the last where the process had more before
    private const long Reserve = 120 << 20;
    private readonly long _base;
    private readonly double _perPixel;

    private CleaningMemory(long atRest, double perPixel) => (_base, _perPixel) = (atRest, perPixel);

    /// <summary>Measures.</summary>
    /// <param name="clean">Cleans a square picture of this side as one tile.</param>
    public static CleaningMemory Measure(Action<int> clean)
    {
        const int small = ProbeSide / 2, more = ProbeSide * ProbeSide - small * small;
        clean(small); // what is loaded and prepared once
        var (few, many) = (Peak(() => clean(small)), Peak(() => clean(ProbeSide)));
        var perPixel = Math.Max(LeastPerPixel, (many - few) / (double)more);
        return new CleaningMemory(Math.Max(few, many) - (long)(perPixel * ProbeSide * ProbeSide), perPixel);
    }

    /// <summary>The memory that a picture takes.</summary>
    /// <param name="tiles">Into which it is cut.</param>
    /// <param name="rows">How many bytes a row of the picture has.</param>
    /// <param name="held">What decoder and encoder hold besides rows.</param>
    public long Of(IReadOnlyList<Tile> tiles, long rows, long held)
    {
        int window = 0, band = 0;
        long pixels = 0;
        foreach (var (context, core) in tiles)
        {
            pixels = Math.Max(pixels, (long)context.Height * context.Width);
            (window, band) = (Math.Max(window, context.Height), Math.Max(band, core.Height));
        }
        var bands = band < tiles[^1].Core.Bottom ? 2 : 1; // one fills while the other is encoded
        return _base + Reserve + held + (long)(Margin * _perPixel * pixels) + (window + bands * band + RowsInside) * rows;
    }

    /// <summary>The most memory that this process had up to the end of a piece of work.</summary>
    private static long Peak(Action work)
    {
        work();
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, Environment.WorkingSet);
    }
}
