namespace Pentimento.Inference;

/// <summary>What the noise of a picture asks for when it is cleaned.</summary>
/// <param name="NoiseLevel">What the network is told, on the 0–1 scale; null for blind ones.</param>
/// <param name="Means">Where local means stay as they are.</param>
internal readonly record struct CleaningPlan(double? NoiseLevel, MeanKeeping Means);
