namespace Pentimento.Detection;

/// <summary>
/// The distances to the nearest normal pictures and to their shrunk Gaussian together: they err on different pictures.
/// </summary>
[Detector("features-ensemble", "features and features-gaussian together", NeedsBackbone = true)]
public sealed class FeatureEnsembleDetector(DetectorSetup setup) : EnsembleDetector(setup, ["features", "features-gaussian"]);

/// <summary>
/// The boundary to known others, what their kinds teach of a new one, and how far a picture is from normal ones whatever else exists.
/// </summary>
[Detector("known-others-ensemble", "known-others, known-kinds and features-gaussian together",
    NeedsBackbone = true, NeedsKnownOthers = true)]
public sealed class KnownOthersEnsembleDetector(DetectorSetup setup)
    : EnsembleDetector(setup, ["known-others", "known-kinds", "features-gaussian"]);
