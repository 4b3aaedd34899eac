using static TorchSharp.torch;

namespace Pentimento.Benchmarks;

/// <summary>What the machine can do at most: a large matrix product, or model 2's widest convolution, over and over.</summary>
internal sealed class Ceiling : Workload
{
    private const int Side = 4096, Channels = 64, ImageSide = 256, Batch = 8;
    private readonly Tensor _left, _right;
    private readonly bool _convolution;

    public Ceiling(bool convolution, ScalarType type)
    {
        _convolution = convolution;
        _left = convolution
            ? rand(Batch, ImageSide, ImageSide, Channels).to(type).permute(0, 3, 1, 2) : rand(Side, Side).to(type);
        _right = convolution ? rand(Channels, 3, 3, Channels).to(type).permute(0, 3, 1, 2) : rand(Side, Side).to(type);
    }

    public override int BatchSize => 1;

    /// <summary>Floating-point operations of one step.</summary>
    public static double OperationsPerStep(bool convolution) => convolution
        ? 2.0 * Batch * ImageSide * ImageSide * Channels * Channels * 9 : 2.0 * Side * Side * Side;

    public override void Run(int steps)
    {
        using var noGradient = no_grad();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            if (_convolution) nn.functional.conv2d(_left, _right, padding: [1, 1]);
            else _left.matmul(_right);
        }
    }
}
