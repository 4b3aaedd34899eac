using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// What a network in training is told of the noise. One level is always true: the standard deviation of what is to be removed.
/// The two of brightness and colour (<see cref="NoiseStrength"/>) are often somewhat wrong on purpose, as an estimate will be, so
/// that the network bends instead of breaking; and for a third of the images they are maps of what it is around each pixel.
/// </summary>
internal static class ToldStrength
{
    private const double Maps = 0.33, Exact = 0.4, Wrong = 0.05; // shares of the images
    private const double SmallError = 0.2, LargeError = 0.7; // standard deviations of the logarithm
    private const double MostAdded = 0.015; // to what has no noise, too: about 4 of 255

    /// <summary>The levels for a batch.</summary>
    /// <param name="levels">1 or 2: <see cref="Models.Network.NoiseLevels"/>.</param>
    /// <param name="input">(N, C, H, W), float32.</param>
    /// <param name="clean">Of the same shape.</param>
    /// <param name="generator">Where the errors come from.</param>
    /// <returns>(N) or (N, 2, H, W), float32; the caller's dispose scope owns it.</returns>
    public static Tensor Of(int levels, Tensor input, Tensor clean, Generator generator)
    {
        if (levels == 1) return (input - clean).square().mean([1, 2, 3]).sqrt();
        using var scope = NewDisposeScope();
        var count = input.shape[0];
        var chances = rand([4, count, 1, 1, 1], generator: generator);
        var normal = randn([2, count, 2, 1, 1], generator: generator);
        var error = normal[0].narrow(1, 0, 1) + normal[1] * 0.7; // what both share, and each its own
        var size = where(chances[0].lt(Wrong), LargeError, where(chances[0].lt(Wrong + Exact), 0, SmallError));
        var factor = (error * size).exp().to(ScalarType.Float32).to(input.device);
        var added = (chances[1].lt(Wrong).to(ScalarType.Float32) * chances[2] * MostAdded).to(input.device);
        var maps = NoiseStrength.Map(input, clean);
        var whole = NoiseStrength.Of(input, clean).view(count, 2, 1, 1);
        return (where(chances[3].lt(Maps).to(input.device), maps, whole) * factor + added).MoveToOuterDisposeScope();
    }
}
