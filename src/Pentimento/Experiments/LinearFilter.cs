using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// The best linear denoiser of one size, in closed form: the 11×11 filter over all channels, with a constant, that has the
/// least squared error on some noisy images. Models 2 and 3 have no activation, so away from the border none of them can do
/// better.
/// </summary>
public sealed class LinearFilter : IDisposable
{
    private const int Side = 11;
    private readonly Tensor _kernel, _constant; // (C, C, 11, 11), (C)

    private LinearFilter(Tensor kernel, Tensor constant) => (_kernel, _constant) = (kernel, constant);

    /// <summary>Solves the normal equations.</summary>
    /// <param name="pairs">Noisy and clean images, (N, C, H, W) each, float32; disposed here, one pair at a time.</param>
    /// <param name="channels">C.</param>
    /// <returns>The filter; the caller disposes it.</returns>
    public static LinearFilter Fit(IEnumerable<(Tensor Noisy, Tensor Clean)> pairs, int channels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var unknowns = channels * Side * Side + 1;
        var covariance = zeros([unknowns, unknowns], ScalarType.Float64);
        var correlation = zeros([unknowns, channels], ScalarType.Float64);
        foreach (var (noisy, clean) in pairs)
        {
            using (noisy)
            using (clean)
                for (var i = 0; i < noisy.shape[0]; i++)
                {
                    using var image = NewDisposeScope();
                    var patches = nn.functional.unfold(Mirrored(noisy.narrow(0, i, 1)), Side).squeeze(0); // (C·121, H·W)
                    var rows = cat([patches, ones(1, patches.shape[1])]);
                    covariance.add_(rows.matmul(rows.t()));
                    correlation.add_(rows.matmul(clean[i].flatten(1).t()));
                }
        }
        var ridge = eye(unknowns, dtype: ScalarType.Float64) * (covariance.diagonal().mean() * 1e-9);
        var solution = linalg.solve(covariance + ridge, correlation).to(ScalarType.Float32); // (C·121 + 1, C)
        return new LinearFilter(
            solution.narrow(0, 0, unknowns - 1).t().contiguous().view(channels, channels, Side, Side).DetachFromDisposeScope(),
            solution[unknowns - 1].clone().DetachFromDisposeScope());
    }

    /// <summary>Filters images, which are mirrored at the border.</summary>
    /// <param name="images">(N, C, H, W), float32; not disposed.</param>
    /// <returns>Of the same shape; the caller's dispose scope owns it.</returns>
    public Tensor Apply(Tensor images) => CheckedConvolution.Of(Mirrored(images), _kernel, _constant);

    // Zeros beyond the border would be taken for black paint; the networks' own padding lies in normalised channels, where zero
    // is the mean.
    private static Tensor Mirrored(Tensor images) =>
        nn.functional.pad(images, [Side / 2, Side / 2, Side / 2, Side / 2], TorchSharp.PaddingModes.Reflect);

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        _constant.Dispose();
    }
}
