using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>What a <see cref="Sidecar"/> says of the pixels, gathered while a picture is cleaned.</summary>
/// <param name="shape">The picture's.</param>
/// <param name="noise">The noise of the original where it is known already; else it is estimated too.</param>
internal sealed class CleaningMeasurement(ImageShape shape, NoiseEstimate? noise = null) : IDisposable
{
    private readonly ResidualStatistics.Sum _residual = new();
    private readonly NoiseSample _before = new(shape.Channels, shape.Height, shape.Width);
    private readonly NoiseSample _after = new(shape.Channels, shape.Height, shape.Width);

    /// <summary>How many tiles there were.</summary>
    public int Tiles { get; private set; }

    /// <summary>Looks at a tile; see <see cref="TileWatch"/>.</summary>
    public void Add(Tensor before, Tensor after, PixelRegion region)
    {
        _residual.Add(before, after);
        if (noise is null) _before.Add(before, region.Top, region.Left);
        _after.Add(after, region.Top, region.Left);
        Tiles++;
    }

    /// <summary>What was taken away.</summary>
    public ResidualStatistics Residual() => _residual.Statistics();

    /// <summary>The noise of original and result.</summary>
    public (NoiseEstimate Before, NoiseEstimate After) Noise() => (noise ?? _before.Estimate(), _after.Estimate());

    /// <inheritdoc/>
    public void Dispose()
    {
        _before.Dispose();
        _after.Dispose();
    }
}
