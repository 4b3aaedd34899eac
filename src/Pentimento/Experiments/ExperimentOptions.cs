using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>Everything that determines a training experiment, from the images to the figures. Stored with the run.</summary>
public sealed record ExperimentOptions
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        RespectNullableAnnotations = true, // they come from folders and models that anyone may have written
    };

    /// <summary>What the model is for.</summary>
    public required ModelTask Task { get; init; }

    /// <summary>The images: a path or a known name. For detection, the normal ones or a set with labels.</summary>
    public required string Data { get; init; }

    /// <summary>
    /// With <see cref="Supervision.Pairs"/>: the folder of the second captures, of the same names as the first; null takes those that
    /// the manifest names.
    /// </summary>
    public string? SecondCaptures { get; init; }

    /// <summary>
    /// For detection: anomalous images to measure on, never to learn from; null where <see cref="Data"/> has them or
    /// there are none.
    /// </summary>
    public string? Anomalous { get; init; }

    /// <summary>
    /// For detection on a set with labels: which labels are normal. Empty takes "good" where there is one, else all images.
    /// </summary>
    public IReadOnlyList<string> NormalLabels { get; init; } = [];

    /// <summary>For detection: which detector, and what it needs; null is an auto-encoder (<see cref="Architecture"/>).</summary>
    public DetectorOptions? Detector { get; init; }

    /// <summary>A registered architecture, or null for the one the reference uses for the task.</summary>
    public string? Architecture { get; init; }

    /// <summary>The architecture's own options; what is not given takes its default.</summary>
    public IReadOnlyDictionary<string, int> ArchitectureOptions { get; init; } = new Dictionary<string, int>();

    /// <summary>
    /// A model file that the training starts from (fine-tuning), or null to start from random weights. It decides architecture and
    /// options (<see cref="StartingModel.Adopt"/>).
    /// </summary>
    public string? From { get; init; }

    /// <summary>The SHA-256 of that file when the run began; null where there is none, or it has not been opened yet.</summary>
    public string? FromSha256 { get; init; }

    /// <summary>
    /// The side of the square that pictures are brought to (shorter side, then centre); null is 256, or as they are for
    /// IDX and CSV.
    /// </summary>
    public int? Size { get; init; }

    /// <summary>
    /// For a <see cref="Detector"/>: looks at the whole of each picture in several crops of <see cref="Size"/>; null looks once, at the
    /// middle square.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CropOptions? Crops { get; init; }

    /// <summary>
    /// The side of the squares that are cut from the pictures, anew in every epoch, anywhere, flipped and turned; null takes whole
    /// images. The pictures keep their size, unless <see cref="Size"/> is given.
    /// </summary>
    public int? PatchSize { get; init; }

    /// <summary>Whether colour pictures are made grey.</summary>
    public bool Grey { get; init; }

    /// <summary>Whether pictures are converted to sRGB through their ICC profile.</summary>
    public bool ToSrgb { get; init; }

    /// <summary>Leaves damaged pictures out instead of stopping at the first.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>The share of images to measure on, where the set does not say. The default value is 0.2.</summary>
    public double TestFraction { get; init; } = 0.2;

    /// <summary>
    /// The share of the remaining images that is held out of training: to watch the loss, and for detection to calibrate on.
    /// The default value is 0.2 for detection, else 0.1.
    /// </summary>
    public double? ValidationFraction { get; init; }

    /// <summary>For detection: the share of genuine images that may be flagged. The default value is 0.05.</summary>
    public double FalseAlarmRate { get; init; } = 0.05;

    /// <summary>
    /// Whether model and card are written without command line, paths, and names of files and sets
    /// (<see cref="Export.TrainingFacts.RemoveNames"/>). The default value is false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Private { get; init; }

    /// <summary>cpu, cuda or auto. The default value is auto.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>The training itself.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The architecture that is used.</summary>
    [JsonIgnore]
    public string EffectiveArchitecture => Architecture ?? (Task == ModelTask.Reconstruct ? "feed-forward" : "convolutional");

    /// <summary>The held-out share that is used.</summary>
    [JsonIgnore]
    public double EffectiveValidationFraction => ValidationFraction ?? (Task == ModelTask.Detect ? 0.2 : 0.1);

    /// <summary>Checks what can be checked without looking at files.</summary>
    /// <exception cref="ArgumentException">An option is out of range or does not go with another.</exception>
    public void ThrowIfInvalid()
    {
        Training.ThrowIfInvalid();
        if (Detector is not null && Task != ModelTask.Detect)
            throw new ArgumentException($"Detectors are for detection; this trains to {Task.ToString().ToLowerInvariant()}.");
        Detector?.ThrowIfInvalid();
        if (Crops is not null && Detector is null) throw new ArgumentException("Several crops of a picture are for detectors.");
        Crops?.ThrowIfInvalid();
        if (!Architectures.Names.Contains(EffectiveArchitecture)) Architectures.Summary(EffectiveArchitecture);
        if (TestFraction is < 0 or >= 1)
            throw new ArgumentException($"The test fraction is {TestFraction}; it must be 0 or more and below 1.");
        if (EffectiveValidationFraction is < 0 or >= 1)
            throw new ArgumentException(
                $"The validation fraction is {EffectiveValidationFraction}; it must be 0 or more and below 1.");
        Calibration.CheckRate(FalseAlarmRate);
        if (Size is < 1 or > Preprocessing.LargestSide)
            throw new ArgumentException($"The size is {Size}; it must be 1 to {Preprocessing.LargestSide} pixels.");
        if (PatchSize is < 1 or > Preprocessing.LargestSide)
            throw new ArgumentException($"The patch size is {PatchSize}; it must be 1 to {Preprocessing.LargestSide}.");
        if (PatchSize is not null && Task == ModelTask.Detect)
            throw new ArgumentException("Detection learns from whole images; patches are for the other tasks.");
        var noisy = Training.Supervision != Supervision.Clean;
        if (noisy && Task != ModelTask.Denoise)
            throw new ArgumentException("Supervision by pairs or neighbours is for denoising.");
        if (noisy && (Size is not null || ToSrgb))
            throw new ArgumentException("Resizing and converting change the noise that is to be learned; take patches instead.");
        if (SecondCaptures is not null && Training.Supervision != Supervision.Pairs)
            throw new ArgumentException("A folder of second captures goes with supervision by pairs.");
        if (Task == ModelTask.Denoise && Training.Noise is null && !noisy)
            throw new ArgumentException("To learn to denoise, training needs noise.");
        if (Task != ModelTask.Detect && (Anomalous is not null || NormalLabels.Count > 0))
            throw new ArgumentException(
                $"Normal and anomalous images are for detection; this trains to {Task.ToString().ToLowerInvariant()}.");
        if (Task == ModelTask.Detect && EffectiveValidationFraction == 0)
            throw new ArgumentException(
                "Detection calibrates on held-out normal images; the validation fraction must be above 0.");
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>Reads <see cref="ToJson"/>.</summary>
    /// <exception cref="InvalidDataException">It is not such JSON.</exception>
    public static ExperimentOptions FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ExperimentOptions>(json, s_json)
                ?? throw new InvalidDataException("the options are empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"the options are damaged: {e.Message}", e);
        }
    }

    /// <summary>Names and values for people, defaults filled in.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Describe()
    {
        List<KeyValuePair<string, string>> rows = [];
        using var document = JsonDocument.Parse(ToJson());
        Add("", document.RootElement);
        return rows;

        static bool IsSaid(JsonElement value) =>
            value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

        void Add(string prefix, JsonElement element)
        {
            foreach (var property in element.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.Object) Add($"{prefix}{property.Name}.", property.Value);
                else if (IsSaid(property.Value) && (Detector is null || prefix != "training." || property.Name == "seed"))
                    rows.Add(new(prefix + property.Name, property.Value.ToString()));
        }
    }
}
