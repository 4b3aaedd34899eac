using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>The loss as a function of output and target.</summary>
internal static class Objective
{
    private static readonly double s_perfect = Math.Pow(10, -LossWeights.PerfectPsnr / 10); // a mean squared error

    /// <summary>The weighted sum of the terms with a weight above zero.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="output">(N, C, H, W), float32.</param>
    /// <param name="target">Of the same shape.</param>
    /// <returns>A scalar, float32, differentiable; the caller's dispose scope owns it.</returns>
    public static Tensor Loss(LossWeights weights, Tensor output, Tensor target)
    {
        Tensor? sum = null;
        Add(weights.Mse, () => nn.functional.mse_loss(output, target));
        Add(weights.L1, () => nn.functional.l1_loss(output, target));
        Add(weights.Ssim, () => 1 - ImageQuality.Ssim(output, target));
        Add(weights.Psnr, () => LossWeights.PerfectPsnr + 10 * (output - target).square().mean([1, 2, 3]).add(s_perfect).log10().mean());
        Add(weights.Colour, () => (output - target).mean([2, 3]).abs().mean());
        return sum!;

        void Add(double weight, Func<Tensor> term)
        {
            if (weight <= 0) return;
            var weighted = weight == 1 ? term() : term() * weight;
            sum = sum is null ? weighted : sum + weighted;
        }
    }
}
