using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// A normal distribution of vectors, from fewer samples than the vectors have values: the covariance is shrunk towards that of
/// unrelated values by the share that Ledoit and Wolf derive (A well-conditioned estimator for large-dimensional covariance
/// matrices, 2004). Vectors are standardised first, so that no unit counts more than another.
/// </summary>
/// <remarks>
/// With fewer samples than values only as many directions as samples have a variance of their own; what lies outside of them has
/// the shrunk rest. So nothing larger than samples × values is ever computed or stored.
/// </remarks>
internal sealed class ShrunkGaussian : IDisposable
{
    private readonly Tensor _mean, _scale; // (D)
    private readonly Tensor _directions, _precisions; // (K, D), (K): 1 / variance − 1 / rest along each direction
    private readonly Tensor _rest; // (1): 1 / variance elsewhere

    private ShrunkGaussian(Tensor mean, Tensor scale, Tensor directions, Tensor precisions, Tensor rest)
    {
        (_mean, _scale, _directions, _precisions, _rest) = (Keep(mean), Keep(scale), Keep(directions), Keep(precisions), Keep(rest));
        static Tensor Keep(Tensor tensor) => tensor.clone().DetachFromDisposeScope();
    }

    /// <summary>The share of the covariance that was replaced, 0 to 1; NaN after <see cref="Restore"/>.</summary>
    public double Shrinkage { get; private init; } = double.NaN;

    /// <summary>How many values a vector has.</summary>
    public long Dimensions => _mean.shape[0];

    /// <summary>Learns from samples.</summary>
    /// <param name="samples">(N, D), float32, N ≥ 2; not disposed.</param>
    public static ShrunkGaussian Fit(Tensor samples)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var x = samples.to(ScalarType.Float64);
        var (n, d) = (x.shape[0], x.shape[1]);
        var mean = x.mean([0]);
        var deviation = (x - mean).square().mean([0]).sqrt();
        // A value that hardly varies among the samples would otherwise decide everything.
        var scale = deviation.clamp_min(Math.Max(1e-3 * deviation.median().item<double>(), 1e-9));
        x = (x - mean) / scale;
        var gram = x.matmul(x.t()); // (N, N): has the covariance's eigenvalues, times N
        var trace = gram.trace().item<double>() / n;
        var squared = gram.square().sum().item<double>() / n / n; // ‖S‖²
        var fourth = gram.diagonal().square().sum().item<double>() / n; // mean ‖x‖⁴
        var distance = squared - trace * trace / d; // ‖S − mI‖²
        var noise = Math.Min((fourth - squared) / n, distance);
        var shrinkage = distance > 0 ? Math.Clamp(noise / distance, 1e-3, 1) : 1;
        var rest = Math.Max(shrinkage * trace / d, 1e-12);
        var (values, vectors) = linalg.eigh(gram);
        var kept = values.gt(values.max().item<double>() * 1e-10).nonzero().flatten();
        values = values.index_select(0, kept);
        var directions = vectors.index_select(1, kept).t().matmul(x) / values.sqrt().unsqueeze(1); // (K, D), of length 1
        var precisions = ((1 - shrinkage) * values / n + rest).reciprocal() - 1 / rest;
        var unit = HeldOut(x, directions, precisions, rest, (1 - shrinkage) / n) / d;
        return new ShrunkGaussian(
            Single(mean), Single(scale), Single(directions), Single(precisions / unit), tensor(new[] { (float)(1 / rest / unit) }))
        {
            Shrinkage = shrinkage,
        };

        static Tensor Single(Tensor values) => values.to(ScalarType.Float32);
    }

    /// <summary>
    /// The mean squared distance of each sample from the rest of them. With fewer samples than values it is far larger than that
    /// of samples that were learnt from, and grows with their number: fits of different sizes can only be compared on its scale.
    /// </summary>
    private static double HeldOut(Tensor x, Tensor directions, Tensor precisions, double rest, double weight)
    {
        var n = x.shape[0];
        var seen = x.matmul(directions.t()).square().mv(precisions) + x.square().sum(1) / rest;
        // Without the sample the inverse covariance changes by one outer product (Sherman and Morrison), and the mean moves.
        var unseen = seen / (1 - weight * seen).clamp_min(1e-6) * Math.Pow(n / (n - 1.0), 2);
        return Math.Max(unseen.mean().item<double>(), 1e-12);
    }

    /// <summary>
    /// The squared Mahalanobis distance of one vector from the mean, as a share of that of a new vector of the kind.
    /// </summary>
    /// <param name="vector">(D), float32; not disposed.</param>
    public double Distance(Tensor vector)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var y = (vector - _mean) / _scale;
        var along = _directions.mv(y).to(ScalarType.Float64);
        var inside = (along.square() * _precisions.to(ScalarType.Float64)).sum().item<double>();
        var all = y.to(ScalarType.Float64).square().sum().item<double>() * _rest.item<float>();
        return (inside + all) / Dimensions;
    }

    /// <summary>The distribution by name.</summary>
    /// <param name="prefix">Before every name.</param>
    public IEnumerable<KeyValuePair<string, Tensor>> State(string prefix = "") =>
    [
        new($"{prefix}mean", _mean), new($"{prefix}scale", _scale), new($"{prefix}directions", _directions),
        new($"{prefix}precisions", _precisions), new($"{prefix}rest", _rest),
    ];

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing or does not go with the others.</exception>
    public static ShrunkGaussian Restore(IReadOnlyDictionary<string, Tensor> state, string prefix = "")
    {
        Tensor Take(string name, int dimensions) =>
            state.TryGetValue(prefix + name, out var found) && found.dim() == dimensions && found.dtype == ScalarType.Float32 ? found
                : throw new InvalidDataException($"the detector's '{prefix}{name}' is missing or has another form");
        var (mean, scale, directions) = (Take("mean", 1), Take("scale", 1), Take("directions", 2));
        var (precisions, rest) = (Take("precisions", 1), Take("rest", 1));
        if (scale.shape[0] != mean.shape[0] || directions.shape[1] != mean.shape[0]
            || directions.shape[0] != precisions.shape[0] || rest.shape[0] != 1)
            throw new InvalidDataException($"the detector's '{prefix}mean' does not go with the rest of its distribution");
        return new ShrunkGaussian(mean, scale, directions, precisions, rest);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in State()) tensor.Dispose();
    }
}
