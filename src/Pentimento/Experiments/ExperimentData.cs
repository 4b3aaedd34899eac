using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>
/// The images of an experiment and their parts. For detection only normal images are in <see cref="Train"/> and
/// <see cref="Validation"/>; anomalous ones are only ever measured on.
/// </summary>
public sealed class ExperimentData : IDisposable
{
    internal const int PictureSide = 256;

    private ExperimentData(
        ImageDataset images, ImageDataset? others, DataSplit split, IReadOnlyList<int> anomalous, NormalLabels normal) =>
        (Images, Others, Split, Anomalous, Normal) = (images, others, split, anomalous, normal);

    /// <summary>The images that are split.</summary>
    public ImageDataset Images { get; }

    /// <summary>A second set of anomalous images, or null.</summary>
    public ImageDataset? Others { get; }

    /// <summary>The parts, as indices into <see cref="Images"/>; for detection of the normal images.</summary>
    public DataSplit Split { get; }

    /// <summary>Images to learn from.</summary>
    public IReadOnlyList<int> Train => Split.Train;

    /// <summary>Images held out of training: to watch the loss, and to calibrate a detector.</summary>
    public IReadOnlyList<int> Validation => Split.Validation;

    /// <summary>Images to measure on.</summary>
    public IReadOnlyList<int> Test => Split.Test;

    /// <summary>Anomalous images within <see cref="Images"/>, to measure on. Those in <see cref="Others"/> come on top.</summary>
    public IReadOnlyList<int> Anomalous { get; }

    /// <summary>Which labels are normal; for detection.</summary>
    internal NormalLabels Normal { get; }

    /// <summary>Whether a folder of the sets could not be read, so that images may be missing.</summary>
    public bool IsIncomplete => Sources.Any(source => source.LeftOut.Folders.Count > 0);

    /// <summary>What a person should know of the images before they are used, a line each.</summary>
    public IEnumerable<string> Warnings =>
    [
        .. Sources.SelectMany(source => source.LeftOut.Lines), .. Normal.Remark is { } remark ? new[] { remark } : [],
        .. RepeatedImages.Remarks(this),
    ];

    private IEnumerable<ImageSource> Sources => [Images.Source, .. Others is { } others ? new[] { others.Source } : []];

    /// <summary>What is said of images that were left out as unreadable.</summary>
    public IEnumerable<SkippedImage> Skipped => Images.Skipped.Concat(Others?.Skipped ?? []);

    /// <summary>Opens, decodes and splits.</summary>
    /// <param name="options">What to open.</param>
    /// <param name="progress">Is told how many images are decoded.</param>
    /// <param name="cancel">Ends the decoding.</param>
    /// <exception cref="ArgumentException">The options do not go with the images.</exception>
    /// <exception cref="InvalidDataException">An image is damaged, or the set is.</exception>
    /// <exception cref="IOException">A file cannot be found or read.</exception>
    public static ExperimentData Open(
        ExperimentOptions options, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var images = OpenSet(options.Data, options, progress, cancel);
        ImageDataset? others = null;
        try
        {
            var labels = options.Task == ModelTask.Detect || options.NormalLabels.Count > 0
                ? NormalLabels.Of(images.Items, options.NormalLabels, options.Data) : NormalLabels.All;
            int[] normal = [.. Enumerable.Range(0, images.Count).Where(i => labels.Contains(images.Items[i]))];
            var split = DataSplit.Create([.. normal.Select(i => images.Items[i])], new SplitOptions
            {
                Seed = options.Training.Seed,
                TestFraction = options.TestFraction,
                ValidationFraction = options.EffectiveValidationFraction,
            });
            split = new DataSplit(Map(split.Train), Map(split.Validation), Map(split.Test));
            if (split.Train.Length == 0) throw new ArgumentException($"'{options.Data}' has no images to train on.");
            if (options.Task == ModelTask.Detect && split.Validation.Length == 0)
                throw new ArgumentException(
                    $"'{options.Data}' has too few normal images ({normal.Length}) to hold some out for calibration.");
            int[] anomalous =
                [.. Enumerable.Range(0, images.Count).Except(normal).Where(i => images.Items[i].Split is not "train")];
            if (options.Anomalous is { } path)
            {
                others = OpenSet(path, options, progress, cancel);
                if (!others.GoesWith(images))
                    throw new ArgumentException(
                        $"The images of '{path}' are {others.Shape}, those of '{options.Data}' are " +
                        $"{images.Shape}; give a --size.");
            }
            return new ExperimentData(images, others, split, anomalous, labels);

            int[] Map(int[] part) => [.. part.Select(i => normal[i])];
        }
        catch
        {
            images.Dispose();
            others?.Dispose();
            throw;
        }
    }

    /// <summary>Opens one set with the preprocessing that the options ask for.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    /// <param name="path">A path or a known name.</param>
    /// <param name="options">Size and colour.</param>
    /// <param name="progress">Is told how many images are decoded.</param>
    /// <param name="cancel">Ends the decoding.</param>
    public static ImageDataset OpenSet(
        string path, ExperimentOptions options, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var noisy = options.Training.Supervision != Supervision.Clean; // resizing would change the noise
        var opened = options.Training.Supervision == Supervision.Pairs
            ? PairedSource.Open(path, options.SecondCaptures) : ImageSource.Open(path);
        return ImageDataset.Own(opened, source =>
        {
            var patches = options.PatchSize is not null;
            var size = options.Size ?? (patches || noisy || source.PathOf(0) is null ? null : PictureSide);
            int? window = options.Crops is null ? null
                : size ?? throw new ArgumentException($"How large are the crops of '{path}'? Give a --size.");
            return new ImageDatasetOptions
            {
                SkipUnreadable = options.SkipUnreadable,
                PatchSize = options.PatchSize,
                MixedSizes = window is not null,
                Preprocessing = new Preprocessing
                {
                    Resize = window is { } side ? options.Crops!.ShorterSide(side) : size,
                    Crop = patches || window is not null ? null : size,
                    Window = window,
                    Channels = options.Grey ? 1 : source.Channels,
                    ToSrgb = options.ToSrgb,
                },
            };
        }, progress, cancel);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Others?.Dispose();
    }
}
