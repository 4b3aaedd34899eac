using Pentimento.Imaging;

namespace Pentimento.Auditing;

/// <summary>
/// What programs leave behind in the pixels of a picture: the grid of JPEG's blocks, limits and gaps of its levels. Measured on
/// the decoded file, before any resizing, in the middle of large pictures.
/// </summary>
internal static class ProcessingTraces
{
    /// <summary>How many levels <see cref="LevelStructure"/> describes.</summary>
    public const int Levels = 256;
    private const int Block = 8, LargestSide = 1024, Neighbours = 4;
    private const double Extreme = 0.001;

    /// <summary>The middle, cut at a multiple of 8 pixels so that the grid of JPEG stays where it is.</summary>
    public static RasterImage Middle(RasterImage image)
    {
        var (channels, height, width) = image.Shape;
        var (rows, columns) = (Math.Min(height, LargestSide), Math.Min(width, LargestSide));
        if (rows == height && columns == width) return image;
        var (top, left) = ((height - rows) / 2 / Block * Block, (width - columns) / 2 / Block * Block);
        T[] Cut<T>(T[] samples)
        {
            var cut = new T[rows * columns * channels];
            for (var y = 0; y < rows; y++)
                Array.Copy(samples, ((top + y) * width + left) * channels, cut, y * columns * channels, columns * channels);
            return cut;
        }
        var shape = new ImageShape(channels, rows, columns);
        return image.Samples8 is { } bytes ? new RasterImage(shape, Cut(bytes)) : new RasterImage(shape, Cut(image.Samples16!));
    }

    /// <summary>
    /// How much stronger the steps between neighbours are where blocks of 8×8 pixels meet than elsewhere: for rows and columns,
    /// the mean of |step| less the mean of its two neighbours, at the one of eight phases where it is largest, less its mean over
    /// the other phases, over the mean |step| (after Wang, Bovik and Evans, 2000). The phase is searched, since pictures may have
    /// been cut after compression.
    /// </summary>
    /// <returns>About 0 for pictures that were never compressed; 0 for those with sides below 24 pixels.</returns>
    public static double Blockiness(RasterImage image)
    {
        var grey = GreyRule.Convert(image, 1);
        var (_, height, width) = grey.Shape;
        if (Math.Min(height, width) < 3 * Block) return 0;
        var values = new float[height * width];
        grey.CopyTo(values);
        return (Along(values, height, width, width, 1) + Along(values, width, height, 1, width)) / 2;
    }

    private static double Along(float[] values, int lines, int length, int line, int step)
    {
        Span<double> excess = stackalloc double[Block], counts = stackalloc double[Block];
        var total = 0.0;
        excess.Clear();
        counts.Clear();
        for (var y = 0; y < lines; y++)
            for (var x = 1; x + 2 < length; x++)
            {
                var at = y * line + x * step;
                float before = Math.Abs(values[at] - values[at - step]), here = Math.Abs(values[at + step] - values[at]),
                    after = Math.Abs(values[at + 2 * step] - values[at + step]);
                excess[x % Block] += here - (before + after) / 2;
                counts[x % Block]++;
                total += here;
            }
        var (sum, largest) = (0.0, double.MinValue);
        for (var phase = 0; phase < Block; phase++)
        {
            var mean = excess[phase] / counts[phase];
            sum += mean;
            largest = Math.Max(largest, mean);
        }
        var steps = total / (lines * (length - 3));
        return steps < 1e-9 ? 0 : (largest - (sum - largest) / (Block - 1)) / steps;
    }

    /// <summary>How often each of 256 levels occurs, all channels together; of 16-bit samples the upper 8 bits.</summary>
    public static int[] Histogram(RasterImage image)
    {
        var counts = new int[Levels];
        if (image.Samples8 is { } bytes)
            foreach (var value in bytes) counts[value]++;
        else
            foreach (var value in image.Samples16!) counts[value >> 8]++;
        return counts;
    }

    /// <summary>
    /// The level below which one of a thousand values lies, the one above which one lies, and the share of values at 0 and 255.
    /// </summary>
    public static (double Black, double White, double Clipped) Limits(ReadOnlySpan<int> histogram)
    {
        long total = 0;
        foreach (var count in histogram) total += count;
        return (First(histogram, total), Levels - 1 - First(Reversed(histogram), total), (histogram[0] + histogram[^1]) / (double)total);
    }

    /// <summary>
    /// The fine structure of the levels: the root of each level's frequency less the mean over four levels on either side. Every
    /// change of brightness, contrast or gamma of 8-bit pictures leaves gaps and peaks at levels of its own, the same in all
    /// pictures so changed (Stamm and Liu, 2010), while what a picture shows makes smooth histograms.
    /// </summary>
    public static void LevelStructure(ReadOnlySpan<int> histogram, Span<float> target)
    {
        long total = 0;
        foreach (var count in histogram) total += count;
        Span<double> roots = stackalloc double[Levels];
        for (var i = 0; i < Levels; i++) roots[i] = Math.Sqrt((histogram[i] + 0.375) / total);
        for (var i = 0; i < Levels; i++)
        {
            var (first, last, sum) = (Math.Max(i - Neighbours, 0), Math.Min(i + Neighbours, Levels - 1), 0.0);
            for (var k = first; k <= last; k++) sum += roots[k];
            target[i] = (float)(roots[i] - sum / (last - first + 1));
        }
    }

    private static int First(ReadOnlySpan<int> histogram, long total)
    {
        long below = 0;
        for (var level = 0; level < Levels; level++)
            if ((below += histogram[level]) > Extreme * total) return level;
        return Levels - 1;
    }

    private static int[] Reversed(ReadOnlySpan<int> histogram)
    {
        var reversed = histogram.ToArray();
        Array.Reverse(reversed);
        return reversed;
    }
}
