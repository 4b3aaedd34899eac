using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>Several kinds on top of each other, in order. "gaussian(0-0.1,clip) + jpeg(30-95)".</summary>
/// <param name="Steps">One or more, none of them a chain or a mixture.</param>
public sealed record NoiseChain(IReadOnlyList<Noise> Steps) : Noise
{
    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Steps.Count == 0 ? ["a chain of noise has no steps"]
        : Steps.SelectMany(s => s is NoiseChain or NoiseMixture ? ["a chain of noise has kinds, not chains"] : s.Faults);

    /// <inheritdoc/>
    protected internal override string Text => string.Join(" + ", Steps);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator) =>
        Steps.Aggregate(images, (noisy, step) => step.AddTo(noisy, generator));

    /// <summary>Whether the steps are the same.</summary>
    public bool Equals(NoiseChain? other) => other is not null && Steps.SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
