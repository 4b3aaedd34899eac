using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>
/// Model 3 of the reference experiments: an auto-encoder trained on normal images; what it reconstructs badly does not belong.
/// The score is the mean squared error over all values of the preprocessed image.
/// </summary>
[Detector("reconstruction", "the error of an auto-encoder that was trained on normal images", Trains = true)]
public sealed class ReconstructionDetector : AnomalyDetector
{
    private ModelBundle? _model;
    private InferenceNetwork? _inference;

    /// <summary>A detector without a network; <see cref="Fit"/> has one trained.</summary>
    public ReconstructionDetector(DetectorSetup setup) : base(setup)
    {
    }

    /// <summary>Takes a model; it is disposed with the detector.</summary>
    /// <exception cref="InvalidDataException">The model has no calibration.</exception>
    public ReconstructionDetector(ModelBundle model) : base(new DetectorSetup(model.Preprocessing))
    {
        if (!model.Parts.TryGetValue(Calibration.PartName, out var json))
            throw new InvalidDataException(
                $"The model is made to {model.Task.ToString().ToLowerInvariant()}, not to detect: it has no calibration.");
        (_model, Calibration) = (model, Calibration.FromJson(json));
        _inference = InferenceNetwork.Of(model.Network);
    }

    /// <inheritdoc/>
    public override bool HasMap => true;

    private InferenceNetwork Inference => _inference ?? throw new InvalidOperationException("The detector has not been fitted.");

    /// <summary>The auto-encoder.</summary>
    /// <exception cref="InvalidOperationException">It has not been fitted.</exception>
    public Network Network => Inference.Network;

    /// <summary>What the auto-encoder makes of some images.</summary>
    /// <param name="images">(N, C, H, W), preprocessed, float32 in [0, 1]; not disposed.</param>
    /// <returns>Of the same shape, on the CPU; the caller's dispose scope owns it.</returns>
    public Tensor Reconstruct(Tensor images)
    {
        using var noGradient = no_grad();
        return Inference.Run(images.to(Inference.Device)).cpu();
    }

    /// <summary>Opens a model file.</summary>
    /// <inheritdoc cref="ModelBundle.Load" path="/param"/>
    /// <inheritdoc cref="ModelBundle.Load" path="/exception"/>
    public static new ReconstructionDetector Load(string path, Device? device = null)
    {
        var detector = AnomalyDetector.Load(path, device);
        if (detector is ReconstructionDetector found) return found;
        detector.Dispose();
        throw new InvalidDataException($"{path}: the detector is '{detector.Name}', which has no auto-encoder");
    }

    internal override bool HasOneSize => !Network.AnySize;

    /// <inheritdoc/>
    public override Tensor Extract(Tensor image) => image;

    /// <inheritdoc/>
    public override void Fit(FitData data)
    {
        var network = data.TrainNetwork is { } train ? train() : Train(data);
        foreach (var tensor in network.parameters().Concat(network.buffers())) tensor.DetachFromDisposeScope();
        _inference?.Dispose();
        _model?.Dispose();
        _model = new ModelBundle(ModelTask.Detect, network, Preprocessing);
        _inference = InferenceNetwork.Of(_model.Network);
    }

    // As the reference does: ten passes, Adam at a constant rate.
    private Network Train(FitData data)
    {
        var training = new TrainingOptions { ChannelsLast = false };
        var steps = Setup.TrainingSteps ?? training.Epochs * ((data.Normal.Count - 1) / training.BatchSize + 1);
        return NetworkFit.Train("convolutional", new Dictionary<string, int>(), data.Normal, training, steps, data, Setup.Device);
    }

    /// <inheritdoc/>
    public override double Score(Tensor features) => Scores(Inference, features.to(Inference.Device))[0];

    /// <summary>The squared error per pixel, averaged over the channels. Its mean is the score.</summary>
    /// <inheritdoc/>
    public override Tensor Map(Tensor features, int height, int width)
    {
        using var noGradient = no_grad();
        return Errors(Inference, features.to(Inference.Device)).mean([1]).squeeze(0).cpu();
    }

    /// <inheritdoc/>
    public override ModelBundle ToBundle()
    {
        var bundle = new ModelBundle(ModelTask.Detect, Network, Preprocessing);
        bundle.Parts[Calibration.PartName] = Calibration.ToJson();
        Examples?.Write(bundle);
        return bundle;
    }

    /// <summary>The reconstruction errors of some images.</summary>
    /// <param name="network">In the form that every detector uses: <see cref="InferenceNetwork.Of"/> with the defaults.</param>
    /// <param name="images">(N, C, H, W), preprocessed, float32 in [0, 1], on the network's device; not disposed.</param>
    /// <returns>
    /// One mean squared error an image. Images are computed one by one, so that a score does not depend on its company.
    /// </returns>
    public static double[] Scores(InferenceNetwork network, Tensor images)
    {
        using var noGradient = no_grad();
        var scores = new double[images.shape[0]];
        for (var i = 0; i < scores.Length; i++)
        {
            using var scope = NewDisposeScope();
            scores[i] = Errors(network, images.narrow(0, i, 1)).to(ScalarType.Float64).mean().item<double>();
        }
        return scores;
    }

    /// <inheritdoc/>
    protected internal override IReadOnlyDictionary<string, Tensor> State() => Network.state_dict();

    /// <inheritdoc/>
    protected internal override void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        var network = Network;
        network.LoadWeights(state);
        _inference?.Dispose();
        _inference = InferenceNetwork.Of(network);
    }

    /// <inheritdoc/>
    protected override Tensor Input(RasterImage preprocessed)
    {
        var (network, shape) = (Network, preprocessed.Shape);
        if (shape != network.Input && !(network.AnySize && shape.Channels == network.Input.Channels))
            throw new InvalidDataException($"the model takes images of {network.Input}, and this one is {shape}");
        return preprocessed.ToTensor().unsqueeze(0);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inference?.Dispose();
            _model?.Dispose();
        }
        base.Dispose(disposing);
    }

    private static Tensor Errors(InferenceNetwork network, Tensor images) => (network.Run(images) - images).square();
}
