using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// Batch normalisation over (N, H, W) per channel (Ioffe and Szegedy, 2015; arXiv:1502.03167), eps 1e-5, momentum 0.1.
/// Statistics, scale and shift stay float32 whatever the input's type.
/// </summary>
public sealed class BatchNorm2d : Layer
{
    internal const double Epsilon = 1e-5;
    private const double Momentum = 0.1;
    private readonly Parameter weight, bias;
    private readonly Tensor running_mean, running_var, num_batches_tracked;

    /// <summary>A normalisation of <paramref name="channels"/> channels that starts as the identity.</summary>
    public BatchNorm2d(long channels)
    {
        WeightLimit.Count(2, channels);
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = zeros(Array.Empty<long>(), ScalarType.Int64);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override string Description => $"BatchNorm2d({weight.shape[0]})";

    internal Tensor Weight => weight;

    internal Tensor Bias => bias;

    internal Tensor RunningMean => running_mean;

    internal Tensor RunningVariance => running_var;

    internal override SameConvolution ToConvolution()
    {
        var scale = weight.to(ScalarType.Float64) / (running_var.to(ScalarType.Float64) + Epsilon).sqrt();
        return SameConvolution.Scaling(scale, bias.to(ScalarType.Float64) - running_mean.to(ScalarType.Float64) * scale);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor input)
    {
        if (training) num_batches_tracked.add_(1);
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training, Momentum, Epsilon);
    }
}
