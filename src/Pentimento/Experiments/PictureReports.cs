using System.Globalization;
using System.Text;
using Pentimento.Auditing;
using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Inference;
using Pentimento.Reports;
using Pentimento.Runs;

namespace Pentimento.Experiments;

/// <summary>Where the pages of a <see cref="PictureReports"/> go, and what they say besides scores.</summary>
public sealed record PictureReportOptions
{
    /// <summary>The folder for <see cref="PictureReports.IndexName"/> and a page for each picture.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder of an audit, or its JSON file (<see cref="AuditFiles"/>); null for none.</summary>
    public string? Audit { get; init; }

    /// <summary>
    /// The folder of the normal pictures, to show those that are most like each; null shows the small ones that came along with the
    /// model. No folder is read because a model names it.
    /// </summary>
    public string? NormalFolder { get; init; }

    /// <summary>The name of the model's file, for the page.</summary>
    public string? Model { get; init; }

    /// <summary>The command line, for the page.</summary>
    public string? Command { get; init; }

    /// <summary>The clock; null is the system's.</summary>
    public TimeProvider? Time { get; init; }
}

/// <summary>
/// Scores image files and writes a page about each, and a list of them all, the rarest first. Every page is one file that needs
/// no other; the links between them are relative, so that the folder can be moved.
/// </summary>
public sealed class PictureReports
{
    /// <summary>The name of the list in the folder.</summary>
    public const string IndexName = "index.html";

    /// <summary>The name of the folder with the pages.</summary>
    public const string PagesName = "pictures";

    internal const int ThumbnailSide = 144;
    private const int LongestName = 60, NearestShown = 6;
    private const double EqualDistance = 1e-4; // of standardised numbers, whose rounding is far below
    private readonly AnomalyDetector _detector;
    private readonly PictureReportOptions _options;
    private readonly AuditWords? _audit;
    private readonly NormalPictures _normal;
    private readonly ReportOrigin _origin;
    private readonly List<IndexedPicture> _judged = [];
    private int _learnt;

    private PictureReports(AnomalyDetector detector, PictureReportOptions options)
    {
        (_detector, _options) = (detector, options);
        _audit = options.Audit is { } audit ? Words(audit) : null;
        _normal = new NormalPictures(detector, options.NormalFolder, ThumbnailSide);
        _origin = new ReportOrigin(
            RunVersions.Current.Pentimento, (options.Time ?? TimeProvider.System).GetLocalNow(), null, options.Command);
    }

    /// <summary>Scores the files and writes the pages.</summary>
    /// <param name="detector">Not disposed.</param>
    /// <param name="inputs">As for <see cref="DetectRun.Run"/>.</param>
    /// <param name="scoring">What else is written; at least six of the most similar normal images are named.</param>
    /// <param name="options">Where the pages go.</param>
    /// <param name="progress">As for <see cref="DetectRun.Run"/>.</param>
    /// <param name="cancellation">Ends the work between two files; the list is then of those that are done.</param>
    /// <returns>As from <see cref="DetectRun.Run"/>; a file whose page cannot be written counts as failed.</returns>
    /// <exception cref="FileNotFoundException">An input, the audit or the folder of normal pictures does not exist.</exception>
    /// <exception cref="ArgumentException">The folder has a list that is no report's. Nothing has been written.</exception>
    /// <exception cref="InvalidDataException">The audit is damaged.</exception>
    /// <exception cref="IOException">The list cannot be written.</exception>
    public static FileBatchResult<ScoredFile> Run(
        AnomalyDetector detector, IEnumerable<string> inputs, DetectRunOptions scoring, PictureReportOptions options,
        IProgress<FileProgress>? progress = null, CancellationToken cancellation = default)
    {
        CheckFolder(options.Folder);
        var reports = new PictureReports(detector, options);
        using var alone = FolderLock.Make(options.Folder);
        var (total, read) = (0, inputs.ToArray());
        var result = DetectRun.Run(detector, read, scoring with
        {
            NearestExamples = Math.Max(scoring.NearestExamples, NearestShown),
            WritePage = picture =>
            {
                total = picture.Total;
                return reports.Write(picture);
            },
        }, progress, cancellation);
        reports.WriteIndex(result, total);
        return result;
    }

    /// <summary>A list that somebody else made is not replaced.</summary>
    private static void CheckFolder(string folder)
    {
        if (File.Exists(folder)) throw new IOException($"The report folder '{folder}' is a file.");
        var index = Path.Combine(folder, IndexName);
        if (!File.Exists(index)) return;
        using var reader = new StreamReader(InputFile.OpenRead(index));
        var head = new char[2000];
        var read = reader.ReadBlock(head);
        if (!head.AsSpan(0, read).Contains($"name=\"generator\" content=\"{ReportPage.Generator}\"", StringComparison.Ordinal))
            throw new ArgumentException($"'{index}' is not a report of Pentimento, and is not replaced; choose another folder.");
    }

    private string Write(JudgedPicture picture)
    {
        var scored = picture.Scored;
        var name = PageName(picture);
        var path = Path.Combine(_options.Folder, PagesName, name);
        var isLearnt = scored.Nearest is [{ Distance: < EqualDistance }, ..];
        new PicturePage
        {
            Name = Path.GetFileName(picture.Input.Path),
            Path = picture.Input.Path,
            Detector = Describe(),
            Verdict = scored.Verdict!,
            Calibration = _detector.Calibration,
            Preprocessing = _detector.Preprocessing,
            Seen = picture.Seen,
            Overlay = picture.Overlay,
            Nearest = [.. scored.Nearest.Take(NearestShown).Select(n => new LikePicture(n.Id, n.Distance, _normal.Find(n.Id)))],
            IsLearnt = isLearnt,
            Audit = _audit,
            Index = $"../{IndexName}",
            Origin = _origin,
        }.ToPage().Save(path);
        if (isLearnt) _learnt++;
        _judged.Add(new IndexedPicture(
            picture.Input.RelativePath, $"{PagesName}/{name}", scored.Verdict!,
                EmbeddedImage.Thumbnail(picture.Seen, ThumbnailSide)));
        return path;
    }

    private void WriteIndex(FileBatchResult<ScoredFile> result, int total) => new PictureIndex
    {
        Detector = Describe(),
        Pictures = _judged,
        Failed = [.. result.Files.Where(f => f.Outcome == FileOutcome.Failed).Select(f => (f.Path, f.Reason!))],
        Learnt = _learnt,
        Missing = result.IsCancelled ? Math.Max(total - result.Files.Count, 0) : 0,
        Calibration = _detector.Calibration,
        Audit = _audit,
        Origin = _origin,
    }.ToPage().Save(Path.Combine(_options.Folder, IndexName));

    /// <summary>As in "0007-starry-night.jpg.html": the number keeps apart what the rest would not.</summary>
    private static string PageName(JudgedPicture picture)
    {
        var readable = new StringBuilder();
        foreach (var rune in picture.Input.RelativePath.EnumerateRunes())
            if (readable.Length < LongestName)
                readable.Append(Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_' or '-' ? rune.ToString() : "-");
        var digits = Math.Max(3, picture.Total.ToString(CultureInfo.InvariantCulture).Length);
        return $"{picture.Number.ToString($"D{digits}", CultureInfo.InvariantCulture)}-{readable}.html";
    }

    private string Describe() => string.Join(" · ", new[]
    {
        _options.Model, _detector.Name, _detector.Setup.Backbone?.RegisteredName,
    }.Where(part => part is not null));

    private AuditWords Words(string path)
    {
        var audit = AuditResult.Read(Directory.Exists(path) ? Path.Combine(path, AuditFiles.JsonName) : path);
        var isOfThis = audit.Detector.Name == _options.Model || audit.Detector.Name == _detector.Name;
        return new AuditWords(
            audit.Outcome switch
            {
                AuditOutcome.NoConfound => "Nothing but what the pictures show was found to tell the audited sets apart.",
                AuditOutcome.Caution => "The audit has reservations.",
                _ => "The audited sets differ in what has nothing to do with what the pictures show, or a blank model is as " +
                    "good.",
            },
            [
                $"Audited: {audit.Detector.Name}, {audit.Normal} ({audit.NormalCount} pictures) against {audit.Other} " +
                $"({audit.OtherCount}).",
                .. audit.Conclusion, .. audit.Remarks,
            ],
            audit.Outcome != AuditOutcome.NoConfound,
            isOfThis ? null : $"The audit is of “{audit.Detector.Name}”, not of this model; what it says of the sets holds, " +
                "what it says of the detector may not.");
    }
}
