namespace Pentimento.Imaging;

/// <summary>What becomes of transparency when an image file is read.</summary>
public enum AlphaRule
{
    /// <summary>Transparent pixels are laid over white, as on a web page or on paper.</summary>
    OverWhite,

    /// <summary>
    /// The alpha channel is left out and the colours stay as stored, as Pillow's <c>convert("RGB")</c> does. For a picture that
    /// gets its own alpha channel back later (<see cref="ImageFile.WriteLike"/>).
    /// </summary>
    Ignore,
}

/// <summary>How an image file becomes a <see cref="RasterImage"/>. See <see cref="ImageFile"/> for the rules.</summary>
public sealed record ImageReadOptions
{
    /// <summary>2^28, about 268 million pixels: a square of 16,384.</summary>
    public const long DefaultMaxPixels = 1L << 28;

    /// <summary>1 for grey, 3 for colour, null for what the file holds. The default is 3.</summary>
    public int? Channels { get; init; } = 3;

    /// <summary>
    /// Whether colours are converted to sRGB through the file's ICC profile. The default is no: values as stored, as Pillow and
    /// torchvision read them. CMYK and Lab files are always converted. A file without a usable profile is taken to be sRGB.
    /// </summary>
    public bool ToSrgb { get; init; }

    /// <summary>What becomes of transparency. The default is <see cref="AlphaRule.OverWhite"/>.</summary>
    public AlphaRule Alpha { get; init; } = AlphaRule.OverWhite;

    /// <summary>
    /// The most pixels (width × height) that a file may declare; checked before any pixel is decoded, so that a small file cannot
    /// fill the memory. At least 1; and at most 715,827,863 where the picture is read whole (three channels of it fill the
    /// longest array), not by rows. The default is that of
    /// <see cref="ReadingLimits.Current"/>.
    /// </summary>
    public long MaxPixels { get; init; } = ReadingLimits.Current.MaxPixels;

    internal ImageReadOptions Validated(bool isWhole)
    {
        if (Channels is not (null or 1 or 3))
            throw new ArgumentException($"The number of channels {Channels} is neither 1 (grey) nor 3 (colour).");
        if (MaxPixels < 1) throw new ArgumentException($"The pixel limit {MaxPixels} is not positive.");
        if (isWhole && MaxPixels > Array.MaxLength / 3)
            throw new ArgumentException($"The pixel limit {MaxPixels} is more than {Array.MaxLength / 3}.");
        return this;
    }
}
