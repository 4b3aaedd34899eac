using System.Globalization;
using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>One of several, drawn for each image. "2*gaussian(0-0.5,clip) | gaussian(0-0.5)".</summary>
/// <param name="Choices">Two or more, with weights above 0; a weight is a share of the sum of all.</param>
public sealed record NoiseMixture(IReadOnlyList<(double Weight, Noise Noise)> Choices) : Noise
{
    /// <inheritdoc/>
    public override IEnumerable<string> Faults =>
    [
        .. Choices.Count < 2 ? ["a mixture of noise has fewer than two choices"] : Array.Empty<string>(),
        .. Choices.Where(c => !(c.Weight > 0 && double.IsFinite(c.Weight)))
            .Select(c => $"the weight of {c.Noise} is {c.Weight}; it must be above 0"),
        .. Choices.SelectMany(c => c.Noise is NoiseMixture ? ["a mixture of noise has no mixtures in it"] : c.Noise.Faults),
    ];

    /// <inheritdoc/>
    protected internal override string Text => string.Join(" | ", Choices.Select(c =>
        (c.Weight == 1 ? "" : c.Weight.ToString("R", CultureInfo.InvariantCulture) + "*") + c.Noise));

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        using var draws = rand(images.shape[0], device: images.device, generator: generator).cpu();
        var chosen = draws.data<float>().ToArray().Select(Choice).ToArray();
        var result = empty_like(images);
        for (var choice = 0; choice < Choices.Count; choice++)
        {
            long[] members = [.. Enumerable.Range(0, chosen.Length).Where(i => chosen[i] == choice)];
            if (members.Length == 0) continue;
            using var scope = NewDisposeScope();
            var index = tensor(members, device: images.device);
            result.index_copy_(0, index, Choices[choice].Noise.AddTo(images.index_select(0, index), generator));
        }
        return result;
    }

    /// <summary>Whether choices and weights are the same.</summary>
    public bool Equals(NoiseMixture? other) => other is not null && Choices.SequenceEqual(other.Choices);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private int Choice(float draw)
    {
        var left = draw * Choices.Sum(c => c.Weight);
        for (var i = 0; i < Choices.Count - 1; i++)
            if ((left -= Choices[i].Weight) < 0) return i;
        return Choices.Count - 1;
    }
}
