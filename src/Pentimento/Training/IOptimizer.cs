using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>What turns gradients into new weights, and keeps their moving average.</summary>
internal interface IOptimizer : IDisposable
{
    /// <summary>(P), float32: the moving average of the gradients.</summary>
    Tensor FirstMoment { get; }

    /// <summary>(P), float32: the moving average of their squares, where it is needed.</summary>
    Tensor SecondMoment { get; }

    /// <summary>(P), float32: the moving average of the weights, or null where none is kept.</summary>
    Tensor? Average { get; }

    /// <summary>Updates the weights from the gradients, and sets these to zero.</summary>
    /// <param name="step">How many steps there have been with this one: 1 for the first.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    void Step(long step, double learningRate);
}
