using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>What the squares with the least structure have.</summary>
/// <param name="Level">Its standard deviation.</param>
/// <param name="Rise">By how much that grows from the flattest fiftieth to the flattest fifth.</param>
/// <param name="Correlation">Of neighbouring pixels.</param>
/// <param name="Extent">The correlations of pixels that are 1, 2, 3 and 4 apart, together.</param>
internal readonly record struct FlatPart(double Level, double Rise, double Correlation, double Extent)
{
    /// <summary>How many numbers <see cref="Facts"/> gives of a square.</summary>
    public const int Count = 2 + Lags;

    private const int Lags = 4;
    private const double Rounding = 1e-12;

    /// <summary>What is needed of each square, after the plane that fits it best is taken off.</summary>
    /// <param name="squares">(N, side, side); not disposed.</param>
    /// <param name="box">The side of the smaller squares whose means are its structure.</param>
    /// <returns>
    /// (N, <see cref="Count"/>): structure, power, products of pixels some apart. The caller's dispose scope owns it.
    /// </returns>
    public static Tensor Facts(Tensor squares, int box)
    {
        using var scope = NewDisposeScope();
        var (flat, side) = (WithoutSlope(squares), squares.shape[1]);
        var structure = flat.reshape(-1, side / box, box, side / box, box).mean([2, 4]).square().mean([1, 2]);
        var facts = new List<Tensor> { structure, flat.square().mean([1, 2]) };
        for (var lag = 1; lag <= Lags; lag++)
        {
            var along = flat.narrow(2, lag, side - lag).mul(flat.narrow(2, 0, side - lag)).mean([1, 2]);
            var down = flat.narrow(1, lag, side - lag).mul(flat.narrow(1, 0, side - lag)).mean([1, 2]);
            facts.Add((along + down).div(2));
        }
        return stack(facts, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Of some squares.</summary>
    /// <param name="facts">(N, <see cref="Count"/>), N at least 8; not disposed.</param>
    /// <param name="side">Of the squares.</param>
    public static FlatPart Of(Tensor facts, int side)
    {
        using var scope = NewDisposeScope();
        var order = facts.select(1, 0).argsort();
        float[] Flattest(double share) => facts
            .index_select(0, order.narrow(0, 0, Math.Max(8, (long)(share * facts.shape[0])))).mean([0]).data<float>().ToArray();
        var (few, more) = (Flattest(0.02), Flattest(0.2));
        var variance = few[1] * side * side / (side * side - 3.0);
        if (variance < Rounding) return new FlatPart(0, 1, 0, 0);
        return new FlatPart(Math.Sqrt(variance), Math.Sqrt(more[1] / few[1]), few[2] / few[1], few[2..].Sum() / few[1]);
    }

    /// <summary>Each square less the plane that fits it best.</summary>
    private static Tensor WithoutSlope(Tensor squares)
    {
        var side = squares.shape[1];
        var ramp = linspace(-1, 1, side).div(Math.Sqrt(side * (side + 1) / (3.0 * (side - 1)) * side));
        var (down, along) = (ramp.view(1, side, 1), ramp.view(1, 1, side));
        var level = squares - squares.mean([1, 2], keepdim: true);
        return level - down * (level * down).sum([1, 2], keepdim: true)
            - along * (level * along).sum([1, 2], keepdim: true);
    }
}
