using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>A square of an image, perhaps flipped and turned.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Side">Its side in pixels.</param>
/// <param name="Symmetry">Which of the eight symmetries of the square; 0 leaves it as it is.</param>
internal readonly record struct Patch(int Top, int Left, int Side, int Symmetry = 0)
{
    public bool IsTransposed => (Symmetry & 1) != 0;

    public bool IsFlippedVertically => (Symmetry & 2) != 0;

    public bool IsFlippedHorizontally => (Symmetry & 4) != 0;

    /// <summary>The middle of an image.</summary>
    public static Patch Middle(ImageShape image, int side) =>
        new((int)Math.Floor((image.Height - side) / 2.0), (int)Math.Floor((image.Width - side) / 2.0), side);

    /// <summary>Anywhere in an image, in any of the eight symmetries; the middle where the image is smaller.</summary>
    public static Patch Random(ImageShape image, int side, SeededRandom random)
    {
        var middle = Middle(image, side);
        var (top, left) = (random.Next(Math.Max(1, image.Height - side + 1)), random.Next(Math.Max(1, image.Width - side + 1)));
        return new Patch(
            image.Height < side ? middle.Top : top, image.Width < side ? middle.Left : left, side, random.Next(8));
    }
}
