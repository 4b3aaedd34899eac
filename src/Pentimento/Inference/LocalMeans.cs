using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>
/// Where a cleaned picture keeps the local means of the original. Noise moves no means but where it is cut off at the ends of the scale,
/// so what a network changes in them is its own error, and where there is little noise the larger part of it. Where there is much,
/// the means of the original are the noisier ones. Where all pixels around are cut off there is no noise, and they stay as they are.
/// </summary>
internal enum MeanKeeping
{
    /// <summary>Nowhere: there is much noise, or it is not known how much.</summary>
    Nowhere,

    /// <summary>There is light noise, and cutting it off may move means by more than a step of 255: away from where that is.</summary>
    WhereNotCutOff,

    /// <summary>There is no noise to speak of, or so little that being cut off moves no mean by more than a step of 255.</summary>
    Everywhere,
}

/// <summary>Puts the local means of an original back into the cleaned picture.</summary>
internal static class LocalMeans
{
    /// <summary>How far the pixels of a mean reach, to each side. With them a thousandth of white noise's variance comes back.</summary>
    public const int Radius = 16;

    /// <summary>How far what is kept depends on the cleaned picture.</summary>
    public const int Reach = Passes * Radius;

    // What a first pass moves over an end of the scale is cut off there, which moves the mean again.
    private const int Passes = 2;
    private const int Side = 2 * Radius + 1, SolidSide = 7;
    private const double LightNoise = 5 / 255.0, HardlyCutOff = 0.02;
    private const double HarmlessLevel = 1 / 255.0 / 0.39894228; // noise that is cut off at its middle has a mean of σ/√2π

    /// <summary>Where to keep them in a picture with this noise.</summary>
    public static MeanKeeping For(NoiseEstimate noise) => noise switch
    {
        { Kind: NoiseKind.None } => MeanKeeping.Everywhere,
        { Kind: NoiseKind.Unknown } or { Level: > LightNoise } => MeanKeeping.Nowhere,
        { Level: <= HarmlessLevel } => MeanKeeping.Everywhere,
        _ => MeanKeeping.WhereNotCutOff,
    };

    /// <summary>The cleaned picture with the local means of the original.</summary>
    /// <param name="before">(C, H, W), float32 in [0, 1]; not disposed.</param>
    /// <param name="after">Of the same shape; not disposed.</param>
    /// <param name="keeping">In which of its parts.</param>
    /// <returns>(C, H, W), in [0, 1] where means are kept; the caller's dispose scope owns it.</returns>
    public static Tensor Keep(Tensor before, Tensor after, MeanKeeping keeping)
    {
        if (keeping == MeanKeeping.Nowhere) return after;
        using var scope = NewDisposeScope();
        var (original, cleaned) = (before.unsqueeze(0), after.unsqueeze(0).clamp(0, 1));
        var cutOff = original.le(0).logical_or(original.ge(1));
        var left = keeping == MeanKeeping.Everywhere ? zeros_like(cutOff) : Around(cutOff.to(ScalarType.Float32)).gt(HardlyCutOff);
        var counts = left.logical_not().to(ScalarType.Float32);
        var share = Around(counts).clamp_min(1.0 / (Side * Side));
        for (var pass = 0; pass < Passes; pass++)
        {
            using var own = NewDisposeScope();
            var moved = where(left, cleaned, cleaned - Around((cleaned - original) * counts) / share).clamp_(0, 1);
            cleaned.Dispose();
            cleaned = moved.MoveToOuterDisposeScope();
        }
        return where(Solid(cutOff), original, cleaned).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Where all pixels around are cut off: noise would show there, one way or the other.</summary>
    private static Tensor Solid(Tensor cutOff)
    {
        var rest = cutOff.logical_not().to(ScalarType.Float32);
        return nn.functional.max_pool2d(rest, [SolidSide, SolidSide], [1, 1], [SolidSide / 2, SolidSide / 2]).eq(0);
    }

    /// <summary>The mean of the pixels around each pixel, as far as there are any.</summary>
    private static Tensor Around(Tensor images)
    {
        var down = nn.functional.avg_pool2d(images, [Side, 1], [1, 1], [Radius, 0], count_include_pad: false);
        return nn.functional.avg_pool2d(down, [1, Side], [1, 1], [0, Radius], count_include_pad: false);
    }
}
