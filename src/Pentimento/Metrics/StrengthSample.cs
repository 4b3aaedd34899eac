using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>
/// What a picture shows of its noise, as numbers from which <see cref="StrengthEstimator"/> has learned to tell how strong it is: in
/// squares all over the picture, the size of the differences of neighbours and of the means of 2 and 4 pixels, in brightness and in
/// colour. It takes the picture in pieces, as <see cref="NoiseSample"/> does, and keeps a few numbers of each square.
/// </summary>
internal sealed class StrengthSample
{
    /// <summary>How many numbers <see cref="Features"/> gives.</summary>
    public const int Count = Bands * Quantiles + Bands + 2 * Thirds + 3;

    private const int Side = 32, Stride = 16, Most = 1024, Fewest = 9, Levels = 3, Bands = 4 * Levels, Quantiles = 4, Thirds = 3;
    private const int Bright = Bands, Clipped = Bands + 1, Blocks = Bands + 2, Facts = Bands + 3;
    private const double MeanOfNormal = 0.7978845608, Least = 0.1 / 255, ClippedShare = 0.05, FlattestShare = 0.1;
    private static readonly double[] s_quantiles = [0.05, 0.2, 0.5, 0.8];
    private readonly int _channels, _height, _width;
    private readonly ulong _squares;
    private readonly SortedDictionary<long, float[]> _facts = [];

    /// <summary>An empty sample of a picture of 1 or 3 channels.</summary>
    public StrengthSample(int channels, int height, int width)
    {
        (_channels, _height, _width) = (channels, height, width);
        _squares = (ulong)(Along(height) * Along(width));
    }

    /// <summary>Takes the squares that lie in a piece of the picture; one that was taken already counts once.</summary>
    /// <param name="piece">(C, h, w), float32 in [0, 1], on any device; not disposed.</param>
    /// <param name="top">The row of its first row in the picture.</param>
    /// <param name="left">The column of its first column.</param>
    public void Add(Tensor piece, int top, int left)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = piece.to(ScalarType.Float32).cpu();
        List<(long Number, Tensor Square)> chosen = [];
        for (var row = (top + Stride - 1) / Stride; row * Stride + Side <= top + pixels.shape[1]; row++)
            for (var column = (left + Stride - 1) / Stride; column * Stride + Side <= left + pixels.shape[2]; column++)
            {
                var number = row * Along(_width) + column;
                if (!IsChosen(number) || _facts.ContainsKey(number)) continue;
                chosen.Add((number, pixels.narrow(1, row * Stride - top, Side).narrow(2, column * Stride - left, Side)));
            }
        foreach (var some in chosen.Chunk(256))
        {
            using var own = NewDisposeScope();
            var values = FactsOf(stack(some.Select(one => one.Square)).expand(-1, 3, -1, -1)).data<float>().ToArray();
            for (var i = 0; i < some.Length; i++) _facts[some[i].Number] = values[(i * Facts)..((i + 1) * Facts)];
        }
    }

    /// <summary>The numbers; null where the picture has too few squares.</summary>
    public float[]? Features()
    {
        if (_facts.Count < Fewest) return null;
        float[][] all = [.. _facts.Values];
        float[][] squares = [.. all.Where(square => square[Clipped] < ClippedShare)];
        var share = squares.Length / (float)all.Length;
        if (squares.Length < Fewest) squares = all;
        var logs = squares.Select(square => square.Take(Bands).Select(level => (float)Math.Log(level + Least)).ToArray()).ToArray();
        List<float> features = [];
        for (var band = 0; band < Bands; band++)
        {
            var sorted = logs.Select(square => square[band]).Order().ToArray();
            features.AddRange(s_quantiles.Select(share => At(sorted, share)));
        }
        // The flattest are those that have the least of what is coarse.
        var flattest = logs.OrderBy(square => square[Bands - 1] + square[Bands - 2] + square[Bands - 3] + square[Bands - 4])
            .Take(Math.Max(4, (int)(FlattestShare * logs.Length))).ToArray();
        for (var band = 0; band < Bands; band++) features.Add(flattest.Average(square => square[band]));
        var byBrightness = Enumerable.Range(0, squares.Length).OrderBy(i => squares[i][Bright]).ToArray();
        for (var third = 0; third < Thirds; third++)
        {
            var own = byBrightness[(third * squares.Length / Thirds)..((third + 1) * squares.Length / Thirds)];
            foreach (var band in new[] { 0, 2 })
                features.Add(At([.. own.Select(i => logs[i][band]).Order()], 0.2));
        }
        return [.. features, squares.Average(square => square[Blocks]), share, _channels == 1 ? 1 : 0];
    }

    private static float At(float[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    private static long Along(int side) => side < Side ? 0 : (side - Side) / Stride + 1;

    /// <summary>About <see cref="Most"/> of all squares, all over the picture and in no pattern.</summary>
    private bool IsChosen(long number)
    {
        var mixed = (ulong)number * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        return (mixed ^ (mixed >> 27)) % _squares < Most;
    }

    /// <summary>
    /// (N, 3, 32, 32) → (N, <see cref="Facts"/>): for each level diagonal differences in brightness, others in brightness, and both in
    /// colour, as the standard deviation of a normal distribution; then the brightness, the share of values that are cut off, and how
    /// much larger differences are where blocks of 8 pixels meet.
    /// </summary>
    private static Tensor FactsOf(Tensor squares)
    {
        var planes = einsum("kc,ncij->nkij", NoiseSample.Opponents(), squares);
        List<Tensor> facts = [];
        var means = planes;
        for (var level = 0; level < Levels; level++)
        {
            var columns = means.unflatten(3, [-1, 2]);
            var (sum, difference) = (columns.select(4, 0) + columns.select(4, 1), columns.select(4, 0) - columns.select(4, 1));
            var (s, d) = (sum.unflatten(2, [-1, 2]), difference.unflatten(2, [-1, 2]));
            var diagonal = (d.select(3, 0) - d.select(3, 1)).abs().mean([2, 3]);
            var others = ((d.select(3, 0) + d.select(3, 1)).abs() + (s.select(3, 0) - s.select(3, 1)).abs()).mean([2, 3]) / 2;
            foreach (var size in new[] { diagonal, others })
            {
                facts.Add(size.select(1, 0) / (2 * MeanOfNormal));
                facts.Add((size.select(1, 1) + size.select(1, 2)) / (4 * MeanOfNormal));
            }
            means = (s.select(3, 0) + s.select(3, 1)) / 2;
        }
        facts.Add(squares.mean([1, 2, 3]));
        facts.Add(squares.le(0).logical_or(squares.ge(1)).to(ScalarType.Float32).mean([1, 2, 3]));
        var brightness = planes.select(1, 0);
        Tensor Steps(int first)
        {
            var after = arange(first, Side, 8);
            return (brightness.index_select(2, after) - brightness.index_select(2, after - 1)).abs().mean([1, 2]).add(Least);
        }
        facts.Add(Steps(8).log() - Steps(4).log());
        return stack(facts, 1).contiguous();
    }
}
