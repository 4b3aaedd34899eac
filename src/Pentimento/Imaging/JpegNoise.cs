using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// The losses of JPEG, by writing and reading one: rounded to 8 bit, clipped to [0, 1], colours at half the resolution below
/// quality 90. "jpeg(30-95)".
/// </summary>
/// <param name="Quality">1 to 100; every image gets a whole number.</param>
public sealed record JpegNoise(LevelRange Quality) : Noise
{
    internal const string Name = "jpeg";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("JPEG quality", Quality, 1, 100);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, false, Quality);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        if (images.shape[1] is not (1 or 3))
            throw new ArgumentException($"Images of {images.shape[1]} channels make no JPEG; it takes 1 (grey) or 3 (colour).");
        using var qualities = Quality.Draw(images, generator).view(-1).cpu();
        using var onCpu = images.cpu();
        var result = empty(images.shape);
        for (var i = 0; i < images.shape[0]; i++)
        {
            using var scope = NewDisposeScope();
            var quality = (int)Math.Round(qualities[i].item<float>());
            result[i].copy_(JpegRoundTrip.Of(RasterImage.FromTensor(onCpu[i]), quality).ToTensor());
        }
        return result.to(images.device);
    }
}
