namespace Pentimento.Benchmarks;

/// <summary>One way to do a job, measured in rounds in a process of its own.</summary>
internal abstract class Workload : IDisposable
{
    /// <summary>Images that one step takes.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Does a number of steps.</summary>
    public abstract void Run(int steps);

    public virtual void Dispose()
    {
    }
}

/// <summary>Which network on which images.</summary>
/// <param name="Model">"model 1", "model 2", "model 3" or "model 2 with ReLU".</param>
/// <param name="Side">28 (grey) or 256 (colour).</param>
internal sealed record Job(string Model, int Side)
{
    public int Channels => Side == 28 ? 1 : 3;

    public int BatchSize => Side == 28 ? 100 : 32;

    /// <summary>The noise factor of the reference experiments; models 1 and 3 see none.</summary>
    public double? Noise => !Model.StartsWith("model 2", StringComparison.Ordinal) ? null : Side == 28 ? 0.2 : 0.5;

    public string Architecture => Model switch
    {
        "model 1" => "feed-forward",
        "model 2 with ReLU" => ConvolutionalWithRelu.Name,
        _ => "convolutional",
    };

    public override string ToString() => $"{Model}, {Channels}×{Side}×{Side}";
}
