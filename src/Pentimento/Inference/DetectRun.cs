using Pentimento.Detection;
using Pentimento.Files;
using Pentimento.Imaging;
using TorchSharp;

namespace Pentimento.Inference;

/// <summary>What a <see cref="DetectRun"/> does.</summary>
public sealed record DetectRunOptions
{
    /// <summary>Whether folders are searched with their sub-folders. The default value is false.</summary>
    public bool Recursive { get; init; }

    /// <summary>
    /// Where each picture's anomaly map goes as colours over it (<see cref="AnomalyOverlay"/>), under the picture's place
    /// and name with ".overlay.png" behind it. The default value is null: none are written.
    /// </summary>
    public string? OverlayFolder { get; init; }

    /// <summary>
    /// Where each picture's anomaly map goes as it is (for an auto-encoder squared errors; 32-bit floating-point TIFF of the
    /// preprocessed size), with ".map.tif" behind the picture's name. The default value is null: none are written.
    /// </summary>
    public string? MapFolder { get; init; }

    /// <summary>
    /// How many of the most similar normal images are named for each picture, 0 or more. The default value is 0.
    /// </summary>
    public int NearestExamples { get; init; }

    /// <summary>
    /// Is given each judged picture, and writes a page about it; what it throws makes the file a failed one. The default value is
    /// null.
    /// </summary>
    public Func<JudgedPicture, string>? WritePage { get; init; }
}

/// <summary>A picture with all that a detector says of it.</summary>
/// <param name="Number">Its place among the inputs, from 1.</param>
/// <param name="Total">How many inputs there are.</param>
/// <param name="Input">The file.</param>
/// <param name="Seen">What the detector saw of it: preprocessed.</param>
/// <param name="Scored">The verdict, and the files that were written.</param>
/// <param name="Overlay">The anomaly map over it; null where the detector has no maps.</param>
public sealed record JudgedPicture(
    int Number, int Total, InputImage Input, RasterImage Seen, ScoredFile Scored, RasterImage? Overlay);

/// <summary>What a detector says of one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Outcome">Done or failed.</param>
/// <param name="Reason">Why it failed, in one line; null when done.</param>
/// <param name="Verdict">The score, its p-value and the decision; null when failed.</param>
public sealed record ScoredFile(string Path, FileOutcome Outcome, string? Reason, Verdict? Verdict)
    : FileResult(Path, Outcome, Reason)
{
    /// <summary>The file with the map as colours over the picture, where asked for.</summary>
    public string? Overlay { get; init; }

    /// <summary>The file with the map as it is, where asked for.</summary>
    public string? Map { get; init; }

    /// <summary>The page about it (<see cref="DetectRunOptions.WritePage"/>), where asked for.</summary>
    public string? Page { get; init; }

    /// <summary>The normal images that are most like it, the nearest first, where asked for and known.</summary>
    public IReadOnlyList<NormalExample> Nearest { get; init; } = [];
}

/// <summary>Scores image files with a detector, decoding ahead on other threads.</summary>
public static class DetectRun
{
    // The next pictures are decoded meanwhile. Few, since large scans lie in memory whole.
    private static readonly int s_ahead = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <summary>Finds the inputs and scores them one after the other.</summary>
    /// <param name="detector">Not disposed.</param>
    /// <param name="inputs">Files, folders and patterns; see <see cref="InputImages.Find"/>.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="progress">Told of the start and the end of each file, on this thread.</param>
    /// <param name="cancellation">Ends the work between two files.</param>
    /// <returns>
    /// What the detector says of each file: exactly <see cref="AnomalyDetector.Detect"/>. A file that fails does not stop
    /// the others; a file whose maps cannot be written counts as failed.
    /// </returns>
    /// <exception cref="FileNotFoundException">An input does not exist, or there is no image in any of them.</exception>
    /// <exception cref="ArgumentException">
    /// A map would overwrite an input or another map, or the detector has none. Nothing has been written.
    /// </exception>
    /// <exception cref="IOException">An input folder cannot be read, or an output folder cannot be made.</exception>
    public static FileBatchResult<ScoredFile> Run(
        AnomalyDetector detector, IEnumerable<string> inputs, DetectRunOptions? options = null,
        IProgress<FileProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new DetectRunOptions();
        if (options.NearestExamples < 0)
            throw new ArgumentException($"The number of examples is {options.NearestExamples}; it must be 0 or more.");
        if (!detector.HasMap && (options.OverlayFolder ?? options.MapFolder) is not null)
            throw new ArgumentException($"The detector '{detector.Name}' looks at pictures as a whole; it has no maps.");
        string[] outputs = [.. new[] { options.OverlayFolder, options.MapFolder }.OfType<string>()];
        var (images, leftOut) = InputImages.Search(inputs, options.Recursive, outputs);
        var overlays = Plan(images, options.OverlayFolder, ".overlay.png");
        var maps = Plan(images, options.MapFolder, ".map.tif");
        Decoded Read(InputImage image) => Decoded.From(image, detector.Preprocessing, cancellation);
        using var decoded = ReadAhead.InOrder(images, Read, s_ahead).GetEnumerator();
        var number = 0;
        return FileBatch.Run(
            images, leftOut,
            (image, _) =>
            {
                decoded.MoveNext();
                number++;
                var judged = Judge(detector, image, decoded.Current.Image, overlays?[image], maps?[image], options) with
                {
                    Number = number,
                    Total = images.Count,
                };
                return judged.Scored with { Page = options.WritePage?.Invoke(judged) };
            },
            (image, reason) => new ScoredFile(image.Path, FileOutcome.Failed, reason, null),
            progress, cancellation);
    }

    private static IReadOnlyDictionary<InputImage, string>? Plan(
        IReadOnlyList<InputImage> images, string? folder, string ending) =>
        folder is null ? null : OutputPlan.Create(images, folder, name => FileName.With(name, ending));

    private static JudgedPicture Judge(
        AnomalyDetector detector, InputImage image, RasterImage preprocessed, string? overlay, string? map,
        DetectRunOptions options)
    {
        using var scope = torch.NewDisposeScope();
        var verdict = detector.Judge(preprocessed, options.NearestExamples, out var anomalyMap, out var nearest);
        if (!double.IsFinite(verdict.AnomalyScore))
            throw new InvalidDataException("The model gives a score that is not finite for this picture.");
        RasterImage? drawn = null;
        if (anomalyMap is not null && (overlay ?? map ?? (object?)options.WritePage) is not null)
        {
            var values = anomalyMap.data<float>().ToArray();
            var (_, height, width) = preprocessed.Shape;
            drawn = AnomalyOverlay.Draw(preprocessed, values, detector.MapThreshold);
            if (overlay is not null) ImageFile.Write(overlay, drawn);
            if (map is not null) FloatTiff.Write(map, values, height, width);
        }
        var scored = new ScoredFile(image.Path, FileOutcome.Done, null, verdict)
        {
            Overlay = overlay,
            Map = map,
            Nearest = nearest,
        };
        return new JudgedPicture(0, 0, image, preprocessed, scored, drawn);
    }

    /// <summary>A preprocessed picture, or what went wrong with it.</summary>
    private readonly record struct Decoded(RasterImage? Picture, Exception? Error)
    {
        public RasterImage Image => Error is null ? Picture! : throw Error;

        public static Decoded From(InputImage image, Preprocessing preprocessing, CancellationToken cancellation)
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                return new Decoded(ImageFile.Read(image.Path, preprocessing), null);
            }
            catch (Exception e)
            {
                return new Decoded(null, e);
            }
        }
    }
}
