using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pentimento.Metrics;

/// <summary>
/// A bounded number of small squares of a picture, given in pieces of any size and order (rows, tiles), from which its noise
/// is estimated: memory does not grow with the picture, and the squares are the same however it is cut, as long as pieces hold
/// them whole.
/// </summary>
/// <remarks>
/// White noise is what is left in the directions in which small patches of all channels together vary least: the smallest
/// eigenvalues of their covariance are the noise's variance (Chen, Zhu and Heng, 2015; doi:10.1109/ICCV.2015.62). Correlated
/// noise has no such floor. It is looked for where the picture has the least structure, first in the differences of the
/// channels, in which photographs have little: there neighbouring pixels must go together, and the level must hardly rise from
/// the flattest fiftieth of the squares to the flattest fifth, as it does with texture. In colour it is looked for in squares
/// of twice the side first (<see cref="CoarseSquares"/>): noise that is correlated as by a blur of up to 3 pixels is found
/// there at its level, from about three steps of 255 on. Coarser noise is taken for picture. In grey, and where the channels
/// share the noise, texture cannot be told from coarse noise: from a blur of about 1 pixel on its level is too low, and from 2
/// on it is mostly taken for picture.
/// </remarks>
public sealed class NoiseSample : IDisposable
{
    /// <summary>The side of a square in pixels.</summary>
    public const int Side = 16;

    private const int Most = 4096, Fewest = 32, Box = 4, AtOnce = 256;
    private const double OneStep = 1 / 255.0, ClippedShare = 0.02;
    private const double CorrelatedFrom = 0.2, RiseOfNoise = 1.3, RiseOfCoarseNoise = 1.25, ExcessOfCorrelated = 1.15;
    private const double ShareOfBrightness = 1.7320508075688772; // √3: what the brightness has of noise that three channels share
    private readonly int _channels, _height, _width, _stride;
    private readonly long _squares;
    // Managed: thousands of small native blocks that outlive the large ones around them would break up the native heap.
    private readonly SortedDictionary<long, float[]> _taken = [];
    private readonly CoarseSquares _coarse = new();
    private Tensor? _small;

    /// <summary>What pieces must overlap by, in pixels, to hold all squares whole.</summary>
    internal const int Overlap = CoarseSquares.Side;

    /// <summary>An empty sample of a picture.</summary>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The channels are neither 1 nor 3, or a side is below 1.</exception>
    public NoiseSample(int channels, int height, int width)
    {
        if (channels is not (1 or 3) || height < 1 || width < 1)
            throw new ArgumentException(
                $"An image of {channels}×{height}×{width} has no noise to estimate; it needs 1 or 3 channels.");
        (_channels, _height, _width) = (channels, height, width);
        _stride = (long)height * width >= 256 * 256 ? Side : Side / 2;
        _squares = Count(height) * Count(width);
    }

    /// <summary>Takes the squares that lie in a piece of the picture.</summary>
    /// <param name="piece">(C, h, w), float32 in [0, 1], on any device; not disposed.</param>
    /// <param name="top">The row of its first row in the picture.</param>
    /// <param name="left">The column of its first column.</param>
    /// <exception cref="ArgumentException">The piece has another number of channels, or lies outside the picture.</exception>
    public void Add(Tensor piece, int top, int left)
    {
        if (piece.dim() != 3 || piece.shape[0] != _channels || top < 0 || left < 0
            || top + piece.shape[1] > _height || left + piece.shape[2] > _width)
            throw new ArgumentException(
                $"A piece ({string.Join(", ", piece.shape)}) at row {top}, column {left} " +
                $"is none of an image of {_channels}×{_height}×{_width}.");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (_squares < Fewest)
        {
            if (piece.shape[1] == _height && piece.shape[2] == _width) _small ??= piece.cpu().clone().DetachFromDisposeScope();
            return;
        }
        var large = new List<(long, float[])>();
        var pixels = piece.to(ScalarType.Float32).cpu().contiguous();
        var values = MemoryMarshal.Cast<byte, float>(pixels.bytes);
        int rows = (int)piece.shape[1], columns = (int)piece.shape[2];
        for (var row = (top + _stride - 1) / _stride; row * _stride + Side <= top + rows; row++)
            for (var column = (left + _stride - 1) / _stride; column * _stride + Side <= left + columns; column++)
            {
                var number = row * Count(_width) + column;
                if (!IsChosen(number)) continue;
                var (y, x) = (row * _stride - top, column * _stride - left);
                if (!_taken.ContainsKey(number)) _taken[number] = Square(values, rows, columns, y, x, Side);
                if (_channels == 3 && y + CoarseSquares.Side <= rows && x + CoarseSquares.Side <= columns && !_coarse.Has(number))
                    large.Add((number, Square(values, rows, columns, y, x, CoarseSquares.Side)));
            }
        if (large.Count > 0) _coarse.Add(large, Opponents().narrow(0, 1, 2));
    }

    /// <summary>A square of a (C, rows, columns) picture as (C, side, side).</summary>
    private static float[] Square(ReadOnlySpan<float> picture, int rows, int columns, int top, int left, int side)
    {
        var channels = picture.Length / (rows * columns);
        var square = new float[channels * side * side];
        for (var i = 0; i < channels * side; i++)
            picture.Slice(((i / side * rows) + top + i % side) * columns + left, side).CopyTo(square.AsSpan(i * side));
        return square;
    }

    /// <summary>How many squares it holds.</summary>
    internal int Squares => _taken.Count;

    /// <summary>The noise of what was added.</summary>
    public NoiseEstimate Estimate()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (_taken.Count < Fewest) return OfSmall();
        var squares = Unclipped(Taken());
        if (_channels == 1) return OfPlane(squares, Flattest(squares)) with { IsShared = true };
        var white = WhiteLevel(squares);
        var planes = einsum("kc,ncij->nkij", Opponents(), squares);
        var colour = Flattest(planes.narrow(1, 1, 2));
        if (Coarse(white, colour) is { } coarse) return coarse;
        if (colour.Level > OneStep && colour.Rise < RiseOfNoise) return Decide(white, colour);
        var brightness = planes.narrow(1, 0, 1);
        var flat = Flattest(brightness);
        if (!IsShared(flat, colour)) return Decide(white, flat);
        var shared = OfPlane(brightness, flat);
        return shared with { Level = shared.Level / ShareOfBrightness, IsShared = true };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _taken.Clear();
        _coarse.Clear();
        _small?.Dispose();
    }

    /// <summary>Brightness and two differences, orthonormal: noise that is independent has the same level in each.</summary>
    internal static Tensor Opponents() => tensor(new[] { 0.57735027f, 0.57735027f, 0.57735027f, 0.70710678f, 0, -0.70710678f,
        0.40824829f, -0.81649658f, 0.40824829f }, [3, 3]);

    /// <summary>Every plane of a square counts as one.</summary>
    private static FlatPart Flattest(Tensor squares) => FlatPart.Of(FlatPart.Facts(squares.flatten(0, 1), Box), Side);

    /// <summary>Noise that is correlated in the large squares too, with its level there; null where there is none.</summary>
    private NoiseEstimate? Coarse(double white, FlatPart colour)
    {
        if (colour.Level <= OneStep || colour.Correlation <= CorrelatedFrom) return null;
        if (_coarse.Flattest() is not { Rise: < RiseOfCoarseNoise, Correlation: > CorrelatedFrom } flat) return null;
        var (level, blur) = CoarseSquares.NoiseOf(flat);
        return level < Math.Max(OneStep, ExcessOfCorrelated * white) ? null
            : new NoiseEstimate(level, NoiseKind.Correlated, flat.Correlation) { Blur = blur };
    }

    /// <summary>(N, C, 16, 16).</summary>
    private Tensor Taken() => Stack(_taken.Values, _taken.Count, _channels, Side);

    /// <summary>Some squares as one tensor.</summary>
    /// <returns>(N, C, side, side), float32; the caller's dispose scope owns it.</returns>
    internal static Tensor Stack(IEnumerable<float[]> squares, int count, int channels, int side)
    {
        var all = empty(count, channels, side, side);
        var values = MemoryMarshal.Cast<byte, float>(all.bytes);
        foreach (var square in squares)
        {
            square.CopyTo(values);
            values = values[square.Length..];
        }
        return all;
    }

    /// <summary>
    /// Whether the channels share the noise, as in a grey scan that is stored in colour: what varies least is then the colour,
    /// which has none of it. Not where the brightness of the flattest parts looks like picture, or the colour has about as much.
    /// </summary>
    private static bool IsShared(FlatPart brightness, FlatPart colour) =>
        brightness.Level >= ShareOfBrightness * OneStep && brightness.Rise < RiseOfNoise && colour.Level <= brightness.Level / 2;

    /// <summary>Of one plane, which has no floor that texture does not reach; what its flattest parts have is the better bound.</summary>
    private static NoiseEstimate OfPlane(Tensor plane, FlatPart flat) => Decide(Math.Min(WhiteLevel(plane), flat.Level), flat);

    private static NoiseEstimate Decide(double white, FlatPart flat)
    {
        var isCorrelated = flat.Level > OneStep && flat.Rise < RiseOfNoise && flat.Correlation > CorrelatedFrom
            && flat.Level > ExcessOfCorrelated * white;
        var (level, kind) = isCorrelated ? (flat.Level, NoiseKind.Correlated) : (white, NoiseKind.White);
        return new NoiseEstimate(level, level < OneStep ? NoiseKind.None : kind, flat.Correlation);
    }

    private NoiseEstimate OfSmall()
    {
        if (_small is null) return new NoiseEstimate(0, NoiseKind.Unknown, double.NaN) { IsShared = _channels == 1 };
        var level = NoiseLevel.MedianOfDiagonals(_small.unsqueeze(0)).item<float>();
        return new NoiseEstimate(level, level < OneStep ? NoiseKind.None : NoiseKind.Unknown, double.NaN) { IsShared = _channels == 1 };
    }

    private long Count(int side) => side < Side ? 0 : (side - Side) / _stride + 1;

    /// <summary>About <see cref="Most"/> of all squares, all over the picture and in no pattern.</summary>
    private bool IsChosen(long number)
    {
        var mixed = (ulong)number * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        return (mixed ^ (mixed >> 27)) % (ulong)_squares < Most;
    }

    /// <summary>Which squares have hardly a value at an end of the scale, where noise was cut off.</summary>
    /// <param name="squares">(N, C, side, side), float32 in [0, 1]; not disposed.</param>
    /// <returns>(N), bool; the caller's dispose scope owns it.</returns>
    internal static Tensor HardlyClipped(Tensor squares) =>
        squares.eq(0).logical_or(squares.eq(1)).to(ScalarType.Float32).mean([1, 2, 3]).lt(ClippedShare);

    /// <summary>The squares that are hardly clipped; all where these are few.</summary>
    private static Tensor Unclipped(Tensor squares)
    {
        var whole = HardlyClipped(squares).nonzero().flatten();
        return whole.shape[0] < Fewest ? squares : squares.index_select(0, whole);
    }

    /// <summary>
    /// From the largest to the smallest, eigenvalues of the patches' covariance are left out until of those that remain as many
    /// lie above their mean as below.
    /// </summary>
    private static double WhiteLevel(Tensor squares)
    {
        var channels = squares.shape[1];
        var side = channels == 1 ? 7 : 5;
        var size = channels * side * side;
        var (sum, products, number) = (zeros(size, ScalarType.Float64), zeros(size, size, ScalarType.Float64), 0L);
        for (var at = 0L; at < squares.shape[0]; at += AtOnce) // all patches at once would be a hundred megabytes and more
        {
            using var scope = NewDisposeScope();
            var patches = squares.narrow(0, at, Math.Min(AtOnce, squares.shape[0] - at))
                .unfold(2, side, 3).unfold(3, side, 3) // (n, C, rows, columns, side, side)
                .permute(0, 2, 3, 1, 4, 5).reshape(-1, size).to(ScalarType.Float64).sub_(0.5);
            sum.add_(patches.sum([0]));
            products.add_(patches.t().matmul(patches));
            number += patches.shape[0];
        }
        var mean = sum / number;
        var values = linalg.eigvalsh(products / number - mean.outer(mean)).data<double>().ToArray(); // rising
        for (var count = values.Length; count > 1; count--)
        {
            var (average, median) = (values.Take(count).Average(), (values[(count - 1) / 2] + values[count / 2]) / 2);
            if (median >= average) return Math.Sqrt(Math.Max(0, average));
        }
        return Math.Sqrt(Math.Max(0, values[0]));
    }
}
