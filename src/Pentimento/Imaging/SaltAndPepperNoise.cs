using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>Values that are black or white whatever they were, as dead pixels and dust are. "salt-pepper(0-0.1)".</summary>
/// <param name="Share">Which share of the values; as many become black as white.</param>
public sealed record SaltAndPepperNoise(LevelRange Share) : Noise
{
    internal const string Name = "salt-pepper";

    /// <inheritdoc/>
    public override IEnumerable<string> Faults => Check("share of salt and pepper", Share, 0, 1);

    /// <inheritdoc/>
    protected internal override string Text => Call(Name, false, Share);

    /// <inheritdoc/>
    public override Tensor AddTo(Tensor images, Generator generator)
    {
        var half = Share.Draw(images, generator).div_(2);
        var chance = empty_like(images).uniform_(0, 1, generator.On(images.device));
        return images.masked_fill(chance.lt(half), 0).masked_fill_(chance.gt(1 - half), 1);
    }
}
