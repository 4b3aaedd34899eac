namespace Pentimento.Inference;

/// <summary>How a <see cref="Denoiser"/> works.</summary>
public sealed record DenoiserOptions
{
    /// <summary>
    /// The largest side, in pixels, of what the network sees at once; it bounds the memory, not the result. More than twice the
    /// network's reach; for pictures with little noise, whose local means are kept, at least 64 pixels more than the least are taken.
    /// The default value is null: the best that <see cref="Memory"/> allows, or else seven times the reach, where half of the work
    /// is done for margins, and at least 512.
    /// </summary>
    public int? TileSize { get; init; }

    /// <summary>
    /// The most memory, in bytes, that the process may have resident while files are cleaned; tiles are chosen by it, and
    /// pictures that cannot fit are refused. The default value is null: no limit.
    /// </summary>
    public long? Memory { get; init; }

    /// <summary>
    /// For networks that take the noise level: its standard deviation on the [0, 1] scale, above 0. The default value is null:
    /// estimated, once for each picture.
    /// </summary>
    public double? NoiseLevel { get; init; }

    /// <summary>
    /// For networks that take the noise level: what the level is multiplied by, above 0. More than 1 cleans harder, less keeps
    /// more. The default value is 1.
    /// </summary>
    public double Strength { get; init; } = 1;

    /// <summary>
    /// In how many of its flips and quarter turns each picture is cleaned, to take the mean: 1, 2 (a half turn), 4 (flips) or
    /// 8 (all). So many times the work for a little less error. The default value is 1: only as it is.
    /// </summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>What <see cref="Ensemble"/> may be.</summary>
    public static IReadOnlyList<int> EnsembleSizes { get; } = [1, 2, 4, 8];

    /// <summary>The share of the original that is mixed back into the answer, 0 to 1. The default value is 0: none.</summary>
    public double Blend { get; init; }
}
