using System.Globalization;
using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>A noise level, or a range from which every image gets its own.</summary>
/// <param name="From">The lowest level.</param>
/// <param name="To">The highest level.</param>
public readonly record struct LevelRange(double From, double To)
{
    /// <summary>One level for all.</summary>
    public static implicit operator LevelRange(double level) => new(level, level);

    /// <summary>Whether there is only one level.</summary>
    public bool IsFixed => From == To;

    /// <summary>Whether both ends lie within bounds, in order.</summary>
    public bool IsWithin(double least, double most) => From >= least && From <= To && To <= most;

    /// <summary>A level for each image.</summary>
    /// <param name="images">(N, …).</param>
    /// <param name="generator">Where the numbers come from.</param>
    /// <param name="logarithmic">Whether ratios are equally likely, rather than differences.</param>
    /// <returns>(N, 1, 1, …), float32; the caller's dispose scope owns it.</returns>
    internal Tensor Draw(Tensor images, Generator generator, bool logarithmic = false)
    {
        long[] shape = [images.shape[0], .. Enumerable.Repeat(1L, (int)images.dim() - 1)];
        if (IsFixed) return full(shape, From, device: images.device);
        var share = rand(shape, device: images.device, generator: generator.On(images.device));
        return logarithmic ? share.mul_(Math.Log(To / From)).exp_().mul_(From) : share.mul_(To - From).add_(From);
    }

    /// <summary>As in "0.2" and "0-0.5".</summary>
    public override string ToString() => IsFixed ? Text(From) : $"{Text(From)}-{Text(To)}";

    /// <summary>Reads "0.2" and "0-0.5"; null for anything else.</summary>
    public static LevelRange? Parse(string text)
    {
        var dash = text.IndexOf('-', Math.Min(1, text.Length));
        while (dash > 0 && text[dash - 1] is 'e' or 'E') dash = text.IndexOf('-', dash + 1); // as in 1e-3
        if (dash < 0) return Number(text) is { } level ? level : null;
        return Number(text[..dash]) is { } from && Number(text[(dash + 1)..]) is { } to ? new LevelRange(from, to) : null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
            out var value) && double.IsFinite(value) ? value : null; // "nan" and "1e999" would be numbers too

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
