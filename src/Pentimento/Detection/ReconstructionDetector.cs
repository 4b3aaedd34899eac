using Pentimento.Imaging;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Detection;

/// <summary>What a detector says of one image.</summary>
/// <param name="AnomalyScore">Higher is stranger; comparable only between answers of one model.</param>
/// <param name="PValue">How rare a score this high is among normal images, in (0, 1].</param>
/// <param name="IsAnomalous">Whether the score is at or above the calibrated threshold.</param>
public sealed record Verdict(double AnomalyScore, double PValue, bool IsAnomalous);

/// <summary>
/// Model 3 of the reference experiments: an auto-encoder trained on normal images; what it reconstructs badly does not belong.
/// The score is the mean squared error over all values of the preprocessed image.
/// </summary>
public sealed class ReconstructionDetector : IDisposable
{
    private readonly ModelBundle _model;
    private readonly InferenceNetwork _network;

    /// <summary>Takes a model; it is disposed with the detector.</summary>
    /// <exception cref="InvalidDataException">The model has no calibration.</exception>
    public ReconstructionDetector(ModelBundle model)
    {
        if (!model.Parts.TryGetValue(Calibration.PartName, out var json))
            throw new InvalidDataException(
                $"The model is made to {model.Task.ToString().ToLowerInvariant()}, not to detect: it has no calibration.");
        (_model, Calibration) = (model, Calibration.FromJson(json));
        _network = InferenceNetwork.Of(model.Network);
    }

    /// <summary>What it knows of normal images.</summary>
    public Calibration Calibration { get; }

    /// <summary>What it does to an image before the network sees it.</summary>
    public Preprocessing Preprocessing => _model.Preprocessing;

    /// <summary>Opens a model file.</summary>
    /// <inheritdoc cref="ModelBundle.Load" path="/param"/>
    /// <inheritdoc cref="ModelBundle.Load" path="/exception"/>
    public static ReconstructionDetector Load(string path, Device? device = null)
    {
        var model = ModelBundle.Load(path, device);
        try
        {
            return new ReconstructionDetector(model);
        }
        catch (InvalidDataException e)
        {
            model.Dispose();
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Judges one decoded image of any size.</summary>
    /// <exception cref="InvalidDataException">The model says nothing of size, and takes images of another one.</exception>
    public Verdict Detect(RasterImage image)
    {
        using var scope = NewDisposeScope();
        var score = Scores(_network, Input(_model.Preprocessing.Apply(image)))[0];
        return new Verdict(score, Calibration.PValue(score), Calibration.IsAnomalous(score));
    }

    /// <summary>Judges one image and says where its error is, in one run of the network.</summary>
    /// <param name="preprocessed">An image to which <see cref="Preprocessing"/> has been applied.</param>
    /// <param name="anomalyMap">As from <see cref="AnomalyMap"/>; the caller disposes it.</param>
    /// <returns>The verdict of <see cref="Detect"/>, to the bit.</returns>
    public Verdict Judge(RasterImage preprocessed, out Tensor anomalyMap)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var errors = Errors(_network, Input(preprocessed));
        var score = Score(errors);
        anomalyMap = Map(errors).MoveToOuterDisposeScope();
        return new Verdict(score, Calibration.PValue(score), Calibration.IsAnomalous(score));
    }

    /// <summary>Where the error is: the squared error per pixel, averaged over the channels.</summary>
    /// <param name="image">A decoded image of any size.</param>
    /// <returns>(H, W) of the preprocessed image, float32; the caller disposes it. Its mean is the score.</returns>
    public Tensor AnomalyMap(RasterImage image)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Map(Errors(_network, Input(_model.Preprocessing.Apply(image)))).MoveToOuterDisposeScope();
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
            scores[i] = Score(Errors(network, images.narrow(0, i, 1)));
        }
        return scores;
    }

    /// <summary>(1, C, H, W) on the network's device; the dispose scope owns it.</summary>
    private Tensor Input(RasterImage preprocessed)
    {
        var (network, shape) = (_model.Network, preprocessed.Shape);
        if (shape != network.Input && !(network.AnySize && shape.Channels == network.Input.Channels))
            throw new InvalidDataException($"the model takes images of {network.Input}, and this one is {shape}");
        return preprocessed.ToTensor().unsqueeze(0).to(_network.Device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _model.Dispose();
    }

    private static double Score(Tensor errors) => errors.to(ScalarType.Float64).mean().item<double>();

    private static Tensor Map(Tensor errors) => errors.mean([1]).squeeze(0).cpu();

    private static Tensor Errors(InferenceNetwork network, Tensor images) => (network.Run(images) - images).square();
}
