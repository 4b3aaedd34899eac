using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Metrics;

namespace Pentimento.Detection;

/// <summary>How a threshold was chosen.</summary>
public enum ThresholdRule
{
    /// <summary>The conformal quantile: at most the asked share of genuine images is flagged (Vovk et al., 2005).</summary>
    FalseAlarmRate,

    /// <summary>Mean + 1 standard deviation of the training images' scores, as in the reference experiments.</summary>
    MeanPlusDeviation,
}

/// <summary>
/// What a detector knows of the scores of normal images: enough to turn a score into a p-value and a decision.
/// It is learned from normal images alone, and travels in the model bundle as calibration.json.
/// </summary>
public sealed class Calibration
{
    /// <summary>The name of the bundle's part.</summary>
    public const string PartName = "calibration.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private const double DoubtfulTimes = 4;
    private readonly ConformalScores _scores;

    /// <summary>Keeps what <see cref="ForFalseAlarmRate"/>, <see cref="FromTrainingScores"/> or a bundle says.</summary>
    /// <exception cref="ArgumentException">A number is missing, out of range or not finite.</exception>
    [JsonConstructor]
    public Calibration(
        ThresholdRule rule, double falseAlarmRate, double threshold, IReadOnlyList<double> normalScores,
        double doubtfulRate = double.NaN)
    {
        _scores = new ConformalScores([.. normalScores]);
        if (!(falseAlarmRate is >= 0 and <= 1))
            throw new ArgumentException($"The false-alarm rate is {falseAlarmRate}; it must be 0 to 1.");
        if (!double.IsFinite(threshold))
            throw new ArgumentException($"The threshold is {threshold}; it must be a finite number.");
        (Rule, FalseAlarmRate, Threshold) = (rule, falseAlarmRate, threshold);
        DoubtfulRate = double.IsNaN(doubtfulRate) ? Math.Min(DoubtfulTimes * falseAlarmRate, 0.5) : doubtfulRate;
        if (!(DoubtfulRate is >= 0 and <= 1))
            throw new ArgumentException($"The doubtful rate is {DoubtfulRate}; it must be 0 to 1.");
    }

    /// <summary>How the threshold was chosen.</summary>
    public ThresholdRule Rule { get; }

    /// <summary>
    /// The share of genuine images that may be flagged, 0 to 1. Where too few scores are known for the asked rate it is the
    /// lowest that they can promise, 1 / (n + 1); for <see cref="ThresholdRule.MeanPlusDeviation"/>, what the scores show.
    /// </summary>
    public double FalseAlarmRate { get; }

    /// <summary>
    /// An image that is not flagged, and whose p-value is at most this, is neither said to belong nor not to: at most this share
    /// of genuine images gets another answer than "belongs". Four times the <see cref="FalseAlarmRate"/>, but at most 0.5.
    /// </summary>
    public double DoubtfulRate { get; }

    /// <summary>An image whose score is at least this is anomalous.</summary>
    public double Threshold { get; }

    /// <summary>The known scores of normal images, ascending.</summary>
    public IReadOnlyList<double> NormalScores => [.. _scores.Scores];

    /// <summary>Checks a share of false alarms.</summary>
    /// <exception cref="ArgumentException">It is not above 0 and below 1.</exception>
    internal static void CheckRate(double rate)
    {
        if (rate is not (> 0 and < 1))
            throw new ArgumentException($"The false-alarm rate is {rate}; it must be above 0 and below 1.");
    }

    /// <summary>Chooses the threshold for a share of false alarms.</summary>
    /// <param name="heldOutScores">Scores of normal images that the network was not trained on.</param>
    /// <param name="rate">The share of genuine images that may be flagged, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">The rate is out of range, or there are no scores.</exception>
    public static Calibration ForFalseAlarmRate(IReadOnlyList<double> heldOutScores, double rate)
    {
        CheckRate(rate);
        var scores = new ConformalScores([.. heldOutScores]);
        var promised = Math.Max(rate, 1.0 / (scores.Count + 1));
        return new Calibration(ThresholdRule.FalseAlarmRate, promised, scores.Threshold(promised), heldOutScores);
    }

    /// <summary>Chooses the threshold as the reference does: mean + 1 (population) standard deviation.</summary>
    /// <param name="trainingScores">Scores of the training images.</param>
    public static Calibration FromTrainingScores(IReadOnlyList<double> trainingScores)
    {
        var threshold = new ConformalScores([.. trainingScores]).MeanPlusDeviations();
        var flagged = trainingScores.Count(score => score >= threshold) / (double)trainingScores.Count;
        return new Calibration(ThresholdRule.MeanPlusDeviation, flagged, threshold, trainingScores);
    }

    /// <summary>The conformal p-value of a score: how rare a score this high is among normal images, in (0, 1].</summary>
    public double PValue(double score) => _scores.PValue(score);

    /// <summary>The decision.</summary>
    public bool IsAnomalous(double score) => score >= Threshold;

    /// <summary>The decision in one of three answers.</summary>
    public Answer Answer(double score) => IsAnomalous(score) ? Detection.Answer.DoesNotBelong
        : PValue(score) > DoubtfulRate ? Detection.Answer.Belongs : Detection.Answer.CannotTell;

    /// <summary>A score with all that is known of it.</summary>
    public Verdict Judge(double score) => new(score, PValue(score), IsAnomalous(score)) { Answer = Answer(score) };

    /// <summary>The bundle's part.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, s_json);

    /// <summary>Reads the bundle's part.</summary>
    /// <exception cref="InvalidDataException">It is not a calibration.</exception>
    public static Calibration FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<Calibration>(json, s_json)
                ?? throw new InvalidDataException($"{PartName} is empty");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{PartName} is not a calibration: {e.Message}", e);
        }
    }
}
