using System.Text.Json.Serialization;

namespace Pentimento.Imaging;

/// <summary>
/// What is done to every image before a model sees it: colours, then size, then the middle of it. Gives the pixels of
/// torchvision's <c>Resize(s)</c> and <c>CenterCrop(c)</c> on Pillow images. Travels inside the model bundle as JSON.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>The longest side, in pixels, of what a model looks at once: a small file must not ask for gigabytes a picture.</summary>
    public const int LargestSide = 4096;

    /// <summary>
    /// The shorter side's new length, the other in proportion; null keeps the size. At most <see cref="LargestSide"/>, or with a
    /// <see cref="Window"/> what <see cref="MostWindows"/> of them are along it. The default is null.
    /// </summary>
    public int? Resize { get; init; }

    /// <summary>
    /// The side in pixels of the square cut from the middle, at most <see cref="LargestSide"/>; null cuts nothing. The default is null.
    /// </summary>
    public int? Crop { get; init; }

    /// <summary>
    /// The side in pixels of squares, half of each on the next, in which a detector looks at the whole picture one after the other; at
    /// most <see cref="Resize"/>. <see cref="Apply"/> leaves them uncut. The default is null: a picture is looked at once.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Window { get; init; }

    /// <summary>The most squares of a <see cref="Window"/> along the shorter side.</summary>
    public const int MostWindows = 64;

    /// <summary>3 for colour, 1 for grey. The default is 3.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Whether files are converted to sRGB through their ICC profile when they are read. The default is no.</summary>
    public bool ToSrgb { get; init; }

    /// <summary>The shape of every result, or null where it depends on the image (no <see cref="Crop"/>).</summary>
    [JsonIgnore]
    public ImageShape? OutputShape => Crop is { } side ? new ImageShape(Channels, side, side) : null;

    /// <summary>
    /// Applies it to a decoded image: grey or colour by <see cref="Channels"/> (<see cref="ToSrgb"/> concerns files and is
    /// done by then), the shorter side to <see cref="Resize"/> and the longer to the whole part of the proportional length with
    /// Pillow's antialiased bilinear filter, then the middle square, with black where the image is smaller.
    /// </summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <returns>An image of the same depth; the given one itself where there is nothing to do.</returns>
    /// <exception cref="ArgumentException">
    /// A setting is out of range, the image has neither 1 nor 3 channels, or it is so long and thin that its resized form would
    /// not fit into <see cref="ReadingLimits.Memory"/>.
    /// </exception>
    public RasterImage Apply(RasterImage image)
    {
        Validate();
        var result = GreyRule.Convert(image, Channels);
        if (Resize is { } shorter)
        {
            var (height, width) = ResizedSize(image.Shape.Height, image.Shape.Width, shorter);
            // What is not cropped becomes a tensor of 32 bits a value besides.
            var bytes = height * width * Channels * (image.BitDepth / 8 + (Crop is null ? sizeof(float) : 0));
            if (bytes > ReadingLimits.Current.Memory || height * width > ImageReadOptions.DefaultMaxPixels)
                throw new ArgumentException(
                    $"{image.Shape.Width}×{image.Shape.Height} pixels would be resized to {width}×{height}, which is too many.");
            result = BilinearResize.Apply(result, (int)height, (int)width);
        }
        return Crop is { } side ? CenterCrop.Apply(result, side, side) : result;
    }

    /// <summary>As in "shorter side to 256, centre crop 256×256, RGB".</summary>
    public string Describe() => string.Join(", ", new[]
    {
        Resize is { } shorter ? $"shorter side to {shorter}" : null,
        Crop is { } side ? $"centre crop {side}×{side}" : null,
        Window is { } square ? $"overlapping crops of {square}×{square}" : null,
        Channels == 1 ? "grey" : "RGB",
        ToSrgb ? "converted to sRGB" : null,
    }.Where(part => part is not null));

    /// <summary>torchvision's size: the longer side is truncated, not rounded.</summary>
    internal static (long Height, long Width) ResizedSize(int height, int width, int shorter)
    {
        long Longer(int longSide, int shortSide) => (long)shorter * longSide / shortSide;
        return width <= height ? (Longer(height, width), shorter) : (shorter, Longer(width, height));
    }

    internal void Validate()
    {
        var longest = Window is > 0 and <= LargestSide ? SlidingWindow.ShorterSide(MostWindows, Window.Value) : LargestSide;
        if (Resize < 1 || Resize > longest) throw new ArgumentException($"The shorter side is {Resize}; it must be 1 to {longest} pixels.");
        if (Crop is < 1 or > LargestSide) throw new ArgumentException($"The crop is {Crop}; it must be 1 to {LargestSide} pixels.");
        if (Window is { } square && (square is < 1 or > LargestSide || Crop is not null || Resize is not { } shorter || shorter < square))
            throw new ArgumentException($"Squares of {square} pixels go with a shorter side of at least as many, and no crop.");
        if (Channels is not (1 or 3))
            throw new ArgumentException($"The number of channels {Channels} is neither 1 (grey) nor 3 (colour).");
    }
}
