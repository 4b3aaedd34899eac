namespace Pentimento.Imaging;

/// <summary>The size of one image: channels, height and width, in pixels.</summary>
/// <param name="Channels">1 for grey, 3 for colour.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Values per image: channels × height × width.</summary>
    public long Count => (long)Channels * Height * Width;

    /// <summary>As in "3×256×256".</summary>
    public override string ToString() => $"{Channels}×{Height}×{Width}";
}
