using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pentimento.Imaging;

/// <summary>Noise as text: kind(level,…) [+ kind(…)]… [| …]…, each alternative with a weight before it or none.</summary>
internal static class NoiseText
{
    private const string Clip = "clip", Shared = "shared";

    /// <summary>The kinds: the numbers that each takes, the words that may follow them, and what makes it of both.</summary>
    private static readonly
        (string Name, string Form, int Levels, string[] Words, Func<LevelRange[], HashSet<string>, Noise> Make)[] s_kinds =
    [
        (GaussianNoise.Name, "gaussian(σ)", 1, [Clip, Shared], (l, w) => new GaussianNoise(l[0], w.Contains(Clip), w.Contains(Shared))),
        (PoissonNoise.Name, "poisson(photons)", 1, [Clip], (l, w) => new PoissonNoise(l[0], w.Contains(Clip))),
        (CameraNoise.Name, "camera(gain,read)", 2, [Clip], (l, w) => new CameraNoise(l[0], l[1], w.Contains(Clip))),
        (SpeckleNoise.Name, "speckle(σ)", 1, [Clip], (l, w) => new SpeckleNoise(l[0], w.Contains(Clip))),
        (CorrelatedNoise.Name, "correlated(σ,blur)", 2, [Clip], (l, w) => new CorrelatedNoise(l[0], l[1], w.Contains(Clip))),
        (GrainNoise.Name, "grain(gain,read,blur,shared)", 4, [Clip], (l, w) => new GrainNoise(l[0], l[1], l[2], l[3], w.Contains(Clip))),
        (PhotoNoise.Name, "photo(shot,smooth,sharpen,scale)", 4, [], (l, _) => new PhotoNoise(l[0], l[1], l[2], l[3])),
        (ScanNoise.Name, "scan(σ,grain,lines,stripes)", 4, [Clip], (l, w) => new ScanNoise(l[0], l[1], l[2], l[3], w.Contains(Clip))),
        (SaltAndPepperNoise.Name, "salt-pepper(share)", 1, [], (l, _) => new SaltAndPepperNoise(l[0])),
        (JpegNoise.Name, "jpeg(quality)", 1, [], (l, _) => new JpegNoise(l[0])),
    ];

    /// <summary>The kinds with their numbers, for help and errors.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_kinds.Select(k => k.Form)];

    public static Noise Parse(string text)
    {
        var choices = text.Split('|').Select(Choice).ToArray();
        return choices is [(1, var only)] ? only : choices.Length > 1 ? new NoiseMixture(choices)
            : throw new FormatException($"The weight in '{text}' stands alone; weights are for alternatives, with | between.");
    }

    private static (double Weight, Noise Noise) Choice(string text)
    {
        var star = text.IndexOf('*', StringComparison.Ordinal);
        var weight = 1.0;
        if (star >= 0 && !(double.TryParse(
            text[..star].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight) && double.IsFinite(weight)))
            throw new FormatException($"'{text[..star].Trim()}' is no weight; write a number, as in 2*gaussian(0.1).");
        var steps = text[(star + 1)..].Split('+').Select(Step).ToArray();
        return (weight, steps is [var only] ? only : new NoiseChain(steps));
    }

    private static Noise Step(string text)
    {
        text = text.Trim();
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var kind = Array.Find(s_kinds, k => k.Name == (open < 0 ? text : text[..open].TrimEnd()).ToLowerInvariant());
        if (kind.Name is null) throw new FormatException($"'{text}' is no noise; there are {string.Join(", ", Kinds)}, also " +
            "with ranges and clip, as in gaussian(0-0.5,clip).");
        if (open < 0 || !text.EndsWith(')')) throw new FormatException($"'{text}' has no numbers; write {kind.Form}.");
        var values = text[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
        var words = values.Select(v => v.ToLowerInvariant()).Where(v => v is Clip or Shared).ToHashSet();
        var levels = values[..^words.Count];
        if (words.FirstOrDefault(w => !kind.Words.Contains(w)) is { } word)
            throw new FormatException($"'{text}' takes no '{word}'; write {kind.Form}.");
        if (levels.Length != kind.Levels)
            throw new FormatException($"'{text}' has {levels.Length} levels; write {kind.Form}.");
        return kind.Make([.. levels.Select(l => LevelRange.Parse(l)
            ?? throw new FormatException($"'{l}' in '{text}' is no level; write a number or a range, as in 0.1 or 0-0.5."))], words);
    }
}

/// <summary>Noise as its text; and as the object that plain Gaussian noise was in the models of version 0.1.</summary>
internal sealed class NoiseJsonConverter : JsonConverter<Noise>
{
    public override Noise Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            if (reader.TokenType == JsonTokenType.String) return NoiseText.Parse(reader.GetString()!);
            using var document = JsonDocument.ParseValue(ref reader);
            return new GaussianNoise(
                document.RootElement.GetProperty("factor").GetDouble(), document.RootElement.GetProperty("clip").GetBoolean());
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new JsonException($"no noise: {e.Message}", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, Noise value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(Noise));
}
