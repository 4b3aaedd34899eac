namespace Pentimento.Detection;

/// <summary>What a detector decides.</summary>
public enum Answer
{
    /// <summary>The score is usual among normal images.</summary>
    Belongs,

    /// <summary>The score is so high that only the asked share of normal images has it.</summary>
    DoesNotBelong,

    /// <summary>The score is unusual, but not rare enough to flag the image.</summary>
    CannotTell,
}

/// <summary>Answers as people say them.</summary>
public static class AnswerWords
{
    /// <summary>"belongs", "does not belong" or "cannot tell".</summary>
    public static string InWords(this Answer answer) => answer switch
    {
        Answer.Belongs => "belongs",
        Answer.DoesNotBelong => "does not belong",
        _ => "cannot tell",
    };
}

/// <summary>What a detector says of one image.</summary>
/// <param name="AnomalyScore">Higher is stranger; comparable only between answers of one model.</param>
/// <param name="PValue">How rare a score this high is among normal images, in (0, 1].</param>
/// <param name="IsAnomalous">Whether the score is at or above the calibrated threshold.</param>
public sealed record Verdict(double AnomalyScore, double PValue, bool IsAnomalous)
{
    /// <summary>
    /// The decision with its doubt: <see cref="IsAnomalous"/> is the same as <see cref="Answer.DoesNotBelong"/>.
    /// </summary>
    public Answer Answer { get; init; } = IsAnomalous ? Answer.DoesNotBelong : Answer.Belongs;
}
