using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>
/// A network whose code is a distribution (Kingma and Welling, 2014; arXiv:1312.6114): training draws from it, and adds to the loss how
/// far the distribution is from a standard normal one. Evaluated, such a network takes the mean.
/// </summary>
public interface IVariational
{
    /// <summary>Runs the network with a code that is drawn.</summary>
    /// <param name="input">(N, C, H, W).</param>
    /// <param name="generator">Where the numbers come from.</param>
    /// <returns>
    /// The output, of the input's shape, and (N): the divergence as it is weighed in the loss. The caller's dispose scope owns them.
    /// </returns>
    (Tensor Output, Tensor Divergence) Draw(Tensor input, Generator generator);

    /// <summary>Runs the network with the mean of the code.</summary>
    /// <inheritdoc cref="Draw" path="/returns"/>
    (Tensor Output, Tensor Divergence) Expect(Tensor input);
}
