using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Metrics;

namespace Pentimento.Inference;

/// <summary>
/// How a cleaned picture was made: a JSON file beside it, with its name and ".json" behind. By it a later run knows what is done
/// and unchanged.
/// </summary>
/// <param name="Input">The original.</param>
/// <param name="Output">The result.</param>
/// <param name="Picture">Size and depth of the result.</param>
/// <param name="Model">What cleaned it.</param>
/// <param name="Settings">What else the pixels depend on.</param>
/// <param name="Tiles">In how many pieces, and how large they were at most; the pixels do not depend on it.</param>
/// <param name="Residual">What was taken away.</param>
/// <param name="NoiseBefore">The noise of the original, as the picture shows it.</param>
/// <param name="NoiseAfter">That of the result.</param>
public sealed record Sidecar(
    SidecarFile Input, SidecarFile Output, SidecarPicture Picture, SidecarModel Model, SidecarSettings Settings,
    SidecarTiles Tiles, ResidualStatistics Residual, NoiseEstimate NoiseBefore, NoiseEstimate NoiseAfter)
{
    private const int LargestFile = 1 << 20;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The version of the format.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The noise level that the network was told, on the 0–1 scale; null for blind networks.</summary>
    public double? NoiseLevel { get; init; }

    /// <summary>What of the original is not in the result, and what is wrong with it, in words; null where there is nothing.</summary>
    public IReadOnlyList<string>? Remarks { get; init; }

    /// <summary>The version of Pentimento that made it.</summary>
    public string Pentimento { get; init; } = typeof(Sidecar).Assembly.GetName().Version!.ToString(3);

    /// <summary>Where the sidecar of a picture is; beside names of more than 250 bytes its own is shortened.</summary>
    public static string PathOf(string picture) => FileName.With(picture, ".json");

    /// <summary>The sidecar of a picture; null where there is none, or something else under its name.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Sidecar? Find(string picture)
    {
        var file = new FileInfo(PathOf(picture));
        if (!file.Exists || file.Length > LargestFile || FileKind.Unreadable(file.FullName) is not null) return null;
        try
        {
            return JsonSerializer.Deserialize<Sidecar>(InputFile.ReadAllBytes(file.FullName), s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it beside a picture, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string picture) => AtomicFile.WriteText(PathOf(picture), JsonSerializer.Serialize(this, s_json) + "\n");

    /// <summary>Whether it tells of the same work: the same input by content, model and settings.</summary>
    public bool IsOf(string inputHash, SidecarModel model, SidecarSettings settings) =>
        Input.Sha256 == inputHash && Model == model && Settings == settings;
}

/// <summary>A file of a <see cref="Sidecar"/>.</summary>
/// <param name="Path">As it was named or found; of a result, its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The hash of its content.</param>
public sealed record SidecarFile(string Path, long Bytes, string Sha256);

/// <summary>The picture of a <see cref="Sidecar"/>.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 or 3, without alpha.</param>
/// <param name="BitDepth">8 or 16; JPEG and WebP are written with 8.</param>
public sealed record SidecarPicture(int Width, int Height, int Channels, int BitDepth)
{
    internal static SidecarPicture Of(ImageShape shape, int bitDepth) =>
        new(shape.Width, shape.Height, shape.Channels, bitDepth);
}

/// <summary>The model of a <see cref="Sidecar"/>.</summary>
/// <param name="Architecture">Its network's.</param>
/// <param name="Sha256">The hash of the model file.</param>
public sealed record SidecarModel(string Architecture, string Sha256);

/// <summary>The settings of a <see cref="Sidecar"/>.</summary>
/// <param name="Blend">See <see cref="DenoiserOptions.Blend"/>.</param>
/// <param name="NoiseLevel">See <see cref="DenoiserOptions.NoiseLevel"/>; null where it was estimated, or not used.</param>
/// <param name="Strength">See <see cref="DenoiserOptions.Strength"/>.</param>
/// <param name="Ensemble">See <see cref="DenoiserOptions.Ensemble"/>.</param>
public sealed record SidecarSettings(double Blend, double? NoiseLevel = null, double Strength = 1, int Ensemble = 1);

/// <summary>The tiles of a <see cref="Sidecar"/>.</summary>
/// <param name="Count">How many.</param>
/// <param name="Size">The largest side that was allowed.</param>
public sealed record SidecarTiles(int Count, int Size);
