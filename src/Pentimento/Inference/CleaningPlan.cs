using Pentimento.Metrics;

namespace Pentimento.Inference;

/// <summary>What the noise of a picture asks for when it is cleaned.</summary>
/// <param name="Told">What the network is told of the noise; null for blind ones.</param>
/// <param name="Means">Where local means stay as they are.</param>
internal readonly record struct CleaningPlan(NoiseStrengths? Told, MeanKeeping Means);
