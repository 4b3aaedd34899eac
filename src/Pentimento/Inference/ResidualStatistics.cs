using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>What cleaning took away: original less result, per channel, on the [0, 1] scale.</summary>
/// <param name="Mean">About 0 where no colour was shifted.</param>
/// <param name="StandardDeviation">About the level of the noise.</param>
/// <param name="Largest">The largest absolute value.</param>
public sealed record ResidualStatistics(
    IReadOnlyList<double> Mean, IReadOnlyList<double> StandardDeviation, IReadOnlyList<double> Largest)
{
    /// <summary>Gathers them tile by tile.</summary>
    internal sealed class Sum
    {
        private double[] _sums = [], _squares = [], _largest = [];
        private long _pixels;

        /// <summary>Adds a tile; see <see cref="TileWatch"/>.</summary>
        public void Add(Tensor before, Tensor after)
        {
            using var scope = NewDisposeScope();
            var residual = (before - after).flatten(1); // (C, h·w)
            // Each row of a tile adds in float64: a sum over millions of pixels would lose them in float32.
            var (sums, squares) = (Values(residual.sum([1], type: ScalarType.Float64)),
                Values(residual.square().sum([1], type: ScalarType.Float64)));
            var largest = Values(residual.abs().amax([1]).to(ScalarType.Float64));
            if (_pixels == 0) (_sums, _squares, _largest) = (sums, squares, largest);
            else
                for (var c = 0; c < sums.Length; c++)
                {
                    _sums[c] += sums[c];
                    _squares[c] += squares[c];
                    _largest[c] = Math.Max(_largest[c], largest[c]);
                }
            _pixels += residual.shape[1];
        }

        /// <summary>Those of all tiles so far.</summary>
        public ResidualStatistics Statistics()
        {
            double[] mean = [.. _sums.Select(sum => sum / _pixels)];
            double Deviation(int c) => Math.Sqrt(Math.Max(0, _squares[c] / _pixels - mean[c] * mean[c]));
            return new ResidualStatistics(mean, [.. Enumerable.Range(0, mean.Length).Select(Deviation)], [.. _largest]);
        }

        private static double[] Values(Tensor tensor) => tensor.data<double>().ToArray();
    }
}
