using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Detection;

namespace Pentimento.Experiments;

/// <summary>An audit with the numbers of each picture.</summary>
/// <param name="Result">The figures.</param>
/// <param name="Pictures">The normal ones, then the others.</param>
public sealed record DetectorAuditRun(AuditResult Result, IReadOnlyList<AuditedPicture> Pictures);

/// <summary>One picture of an audit.</summary>
/// <param name="Id">Within its set.</param>
/// <param name="IsOther">Whether it is of the other set.</param>
/// <param name="Source">Where it comes from, as far as that is known.</param>
/// <param name="Score">
/// The detector's, by a fit that did not see the picture: 0 is the middle of the normal scores, 1 two of their standard
/// deviations above.
/// </param>
/// <param name="Numbers">What the blank models look at.</param>
public sealed record AuditedPicture(string Id, bool IsOther, string? Source, double Score, IReadOnlyList<PictureNumber> Numbers);

/// <summary>The pictures that are measured, as indices into their sets.</summary>
internal sealed record AuditedSets(ImageDataset Normal, IReadOnlyList<int> OfNormal, ImageDataset Other, IReadOnlyList<int> OfOther);

/// <summary>Their scores on the scale of <see cref="ScoreScale"/>, in the same order, and what follows from them.</summary>
internal sealed record AuditedScores(
    string Name, IReadOnlyList<double> Normal, IReadOnlyList<double> Others, IReadOnlyList<bool> IsFlagged, double Found)
{
    /// <summary>What the detector promises; null for what was asked.</summary>
    public double? AskedFalseAlarms { get; init; }

    public double[] All => [.. Normal, .. Others];

    public bool[] Anomalous => [.. Normal.Select(_ => false), .. Others.Select(_ => true)];
}

/// <summary>Scores of a fit that saw none of a source: of its pictures, and of the other set.</summary>
internal sealed record SourceScores(double[] LeftOut, double[] Others, Calibration Calibration);
