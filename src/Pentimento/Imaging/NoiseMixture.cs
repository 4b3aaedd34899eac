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
        using var draws = rand(images.shape[0], generator: generator);
        var byChoice = draws.data<float>().Select((draw, image) => (Choice: Choice(draw), Image: (long)image))
            .ToLookup(drawn => drawn.Choice, drawn => drawn.Image);
        // Their indices go to a GPU in one piece: each transfer waits for all that was asked of it before.
        var choices = Enumerable.Range(0, Choices.Count).Where(byChoice.Contains).ToArray();
        using var order = tensor([.. choices.SelectMany(choice => byChoice[choice])], device: images.device);
        var result = empty_like(images);
        var start = 0;
        foreach (var choice in choices)
        {
            using var scope = NewDisposeScope();
            var count = byChoice[choice].Count();
            var members = order.narrow(0, start, count);
            result.index_copy_(0, members, Choices[choice].Noise.AddTo(images.index_select(0, members), generator));
            start += count;
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
