using Pentimento.Imaging;

namespace Pentimento.Detection;

/// <summary>What becomes of the scores of a picture's crops.</summary>
public enum CropFusion
{
    /// <summary>Their mean: for pictures that are strange as a whole.</summary>
    Mean,

    /// <summary>The highest: for pictures in which one place is strange.</summary>
    Max,

    /// <summary>The mean without the lowest and the highest fifth (of three or four one each): no single crop decides.</summary>
    Trimmed,
}

/// <summary>Several crops of a picture, and what becomes of their scores.</summary>
/// <param name="AlongShorterSide">
/// How many, 1 or more, half of each on the next; along the longer side as many as it takes. With 1 the shorter side is that of a crop.
/// </param>
/// <param name="Fusion">Of their scores.</param>
public sealed record CropOptions(int AlongShorterSide, CropFusion Fusion = CropFusion.Mean)
{
    /// <summary>The most of <see cref="AlongShorterSide"/>.</summary>
    public const int Most = Preprocessing.MostWindows;

    /// <summary>To how many pixels the shorter side of pictures is brought.</summary>
    /// <param name="side">Of a crop.</param>
    public int ShorterSide(int side) => SlidingWindow.ShorterSide(AlongShorterSide, side);

    /// <summary>Checks the number.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public void ThrowIfInvalid()
    {
        if (AlongShorterSide is < 1 or > Most)
            throw new ArgumentException($"The number of crops along the shorter side is {AlongShorterSide}; it must be 1 to {Most}.");
    }
}

/// <summary>Fusing scores.</summary>
public static class CropFusions
{
    private const int TrimmedPart = 5; // of the crops, at either end

    /// <summary>One score of several.</summary>
    /// <param name="fusion">How.</param>
    /// <param name="scores">At least one.</param>
    public static double Fuse(this CropFusion fusion, IReadOnlyList<double> scores)
    {
        if (fusion == CropFusion.Max) return scores.Max();
        var off = fusion == CropFusion.Mean || scores.Count < 3 ? 0 : Math.Max(scores.Count / TrimmedPart, 1);
        return off == 0 ? scores.Average() : scores.Order().Skip(off).Take(scores.Count - 2 * off).Average();
    }

    /// <summary>As in "mean of the crops' scores".</summary>
    public static string InWords(this CropFusion fusion) => fusion switch
    {
        CropFusion.Max => "highest of the crops' scores",
        CropFusion.Trimmed => "mean of the crops' scores without the lowest and highest fifth",
        _ => "mean of the crops' scores",
    };
}
