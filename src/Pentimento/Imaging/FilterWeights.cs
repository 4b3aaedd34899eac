namespace Pentimento.Imaging;

/// <summary>
/// The weights of Pillow's antialiased bilinear filter along one axis (Resample.c, <c>precompute_coeffs</c>): a triangle as wide
/// as two output pixels, or two input pixels when enlarging, normalised over the input pixels that it covers.
/// </summary>
internal sealed class FilterWeights
{
    /// <summary>Fraction bits of the whole-number weights: 32, less 8 of the sample and 2 of headroom.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    private readonly double[] weights;

    public FilterWeights(int inputSize, int outputSize)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = filterScale; // the triangle reaches 1 on either side
        MaxTaps = (int)Math.Ceiling(support) * 2 + 1;
        First = new int[outputSize];
        Taps = new int[outputSize];
        weights = new double[(long)outputSize * MaxTaps];
        for (var o = 0; o < outputSize; o++)
        {
            var center = (o + 0.5) * scale;
            var first = Math.Max(0, (int)(center - support + 0.5));
            var taps = Math.Min(inputSize, (int)(center + support + 0.5)) - first;
            var row = weights.AsSpan(o * MaxTaps, taps);
            var sum = 0.0;
            for (var i = 0; i < taps; i++)
            {
                // Pillow multiplies by the inverse; dividing would round differently.
                row[i] = Math.Max(0, 1 - Math.Abs((i + first - center + 0.5) * (1.0 / filterScale)));
                sum += row[i];
            }
            for (var i = 0; i < taps && sum != 0; i++) row[i] /= sum;
            (First[o], Taps[o]) = (first, taps);
        }
    }

    /// <summary>The distance between the weights of two outputs; the most taps that any output has.</summary>
    public int MaxTaps { get; }

    /// <summary>For each output pixel the first input pixel it draws on.</summary>
    public int[] First { get; }

    /// <summary>For each output pixel the number of input pixels it draws on.</summary>
    public int[] Taps { get; }

    /// <summary>The weights of one output pixel; they sum to 1.</summary>
    public ReadOnlySpan<double> Of(int output) => weights.AsSpan(output * MaxTaps, Taps[output]);

    /// <summary>All weights as whole numbers of 1 / 2^<see cref="PrecisionBits"/>, rows of <see cref="MaxTaps"/>.</summary>
    public int[] FixedPoint() => Array.ConvertAll(weights, w => (int)(0.5 + w * (1 << PrecisionBits)));
}
