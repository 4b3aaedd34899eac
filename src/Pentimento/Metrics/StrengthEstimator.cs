using System.Text.Json;

namespace Pentimento.Metrics;

/// <summary>
/// Tells how strong the noise of a picture is by what a small network has learned: which strength, told to a certain denoiser, brought
/// the least error on pictures whose clean original was known. So it is part of that denoiser's model, as "strength.json".
/// </summary>
public sealed class StrengthEstimator
{
    /// <summary>The name of the part of a model.</summary>
    public const string PartName = "strength.json";

    /// <summary>What strengths are raised by before the logarithm is taken, so that none is a number too.</summary>
    internal const double Offset = 0.3 / 255;

    private const double NoneBelow = 0.75 / 255, SurelyWhite = 2 / 255.0;
    private const double SurelyOther = -1; // less than one in four: only then is white noise that was found called another
    private readonly Weights _weights;

    internal StrengthEstimator(Weights weights)
    {
        var (mean, scale, hidden, hiddenBias, output, outputBias) = weights;
        if (new object?[] { mean, scale, hidden, hiddenBias, output, outputBias }.Contains(null)
            || mean.Length != StrengthSample.Count || scale.Length != StrengthSample.Count || hidden.Length != hiddenBias.Length
            || output.Length != Outputs || outputBias.Length != Outputs
            || hidden.Any(row => row?.Length != StrengthSample.Count) || output.Any(row => row?.Length != hidden.Length))
            throw new InvalidDataException($"{PartName} is not for this version: its numbers do not fit together.");
        _weights = weights;
    }

    /// <summary>The logarithms of brightness and colour, and of how much likelier white noise is than other.</summary>
    internal const int Outputs = 3;

    /// <summary>Reads a model's part.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static StrengthEstimator FromJson(byte[] json)
    {
        try
        {
            return new(JsonSerializer.Deserialize<Weights>(json, JsonSerializerOptions.Web)
                ?? throw new InvalidDataException($"{PartName} is empty."));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{PartName} is damaged: {e.Message}", e);
        }
    }

    /// <summary>The model's part.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(_weights, JsonSerializerOptions.Web);

    /// <summary>An estimate of a picture with what is learned.</summary>
    /// <param name="plain">What <see cref="NoiseSample"/> finds.</param>
    /// <param name="features">What <see cref="StrengthSample"/> finds; null leaves the estimate as it is.</param>
    internal NoiseEstimate Refine(NoiseEstimate plain, float[]? features)
    {
        if (features is null || plain.Kind == NoiseKind.Unknown) return plain;
        var (strengths, isWhite) = Of(features);
        if (plain.Kind == NoiseKind.White && isWhite && plain.Level > SurelyWhite)
            return plain with { Strength = NoiseStrengths.Of(plain.Level, plain.IsShared) };
        if (IsNone(strengths))
            return plain with { Level = strengths.Level, Kind = NoiseKind.None, Strength = default(NoiseStrengths) };
        var kind = isWhite && plain.Kind == NoiseKind.White ? NoiseKind.White : NoiseKind.Correlated;
        return plain with { Level = strengths.Level, Kind = kind, Strength = strengths };
    }

    /// <summary>Whether it is none to speak of: less than three quarters of a step of 255.</summary>
    internal static bool IsNone(NoiseStrengths strengths) => strengths is { Brightness: < NoneBelow, Colour: < NoneBelow };

    /// <summary>What the numbers of a picture say.</summary>
    internal (NoiseStrengths Strengths, bool IsWhite) Of(float[] features)
    {
        var hidden = _weights.Hidden.Select((row, i) => Math.Tanh(_weights.HiddenBias[i] + row.Select((weight, j) =>
            weight * Math.Clamp((features[j] - _weights.Mean[j]) / _weights.Scale[j], -Farthest, Farthest)).Sum())).ToArray();
        var output = _weights.Output.Select((row, i) => _weights.OutputBias[i] + row.Select((weight, j) => weight * hidden[j]).Sum())
            .ToArray();
        return (new(Strength(output[0]), Strength(output[1])), output[2] > SurelyOther);

        static double Strength(double logarithm) => Math.Max(0, Math.Exp(logarithm) - Offset);
    }

    /// <summary>In standard deviations: what is stranger than anything that was learned from counts as if it were this far.</summary>
    internal const double Farthest = 4;

    /// <summary>One hidden layer.</summary>
    internal sealed record Weights(
        float[] Mean, float[] Scale, float[][] Hidden, float[] HiddenBias, float[][] Output, float[] OutputBias);
}
