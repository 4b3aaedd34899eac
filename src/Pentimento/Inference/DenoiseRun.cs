using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Metrics;

namespace Pentimento.Inference;

/// <summary>What a <see cref="DenoiseRun"/> does.</summary>
public sealed record DenoiseRunOptions
{
    /// <summary>Where the results go; it is made where it does not exist.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>
    /// Where a picture of before, after and difference goes for each one, under its place among the inputs with ".compare.png"
    /// behind; at most 512×512 pixels of its middle, the difference four times as strong around mid-grey. Neither the output
    /// folder nor one with an input. Pictures that are skipped get theirs where it is missing or older than the result. Null for
    /// none.
    /// </summary>
    public string? ComparisonFolder { get; init; }

    /// <summary>Whether folders are searched with their sub-folders. The default value is false.</summary>
    public bool Recursive { get; init; }

    /// <summary>
    /// Whether everything is cleaned again, and files that this run did not make are replaced. The default value is false: results
    /// that are done and unchanged are skipped, and other files are left alone. Originals never are replaced.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// The most pixels that a picture may have; checked before any is decoded. The default value is 2^30: a square of 32,768.
    /// </summary>
    public long MaxPixels { get; init; } = 1L << 30;
}

/// <summary>What became of one picture.</summary>
/// <param name="Path">The original.</param>
/// <param name="Outcome">How it ended; skipped where the result is there already.</param>
/// <param name="Reason">
/// Why it failed, why a file was left alone that is not the result, or what of it is not in the result; else null.
/// </param>
/// <param name="Output">The result: written, or there already; null when failed.</param>
public sealed record DenoisedFile(string Path, FileOutcome Outcome, string? Reason, string? Output)
    : FileResult(Path, Outcome, Reason)
{
    /// <summary>The noise of the original; null where it was not cleaned.</summary>
    public NoiseEstimate? NoiseBefore { get; init; }

    /// <summary>The noise of the result; null where it was not cleaned.</summary>
    public NoiseEstimate? NoiseAfter { get; init; }

    /// <summary>
    /// Which denoiser of a <see cref="DenoiserChoice"/> cleaned it: "any" or "white"; null where it was not cleaned, or there was
    /// no choice.
    /// </summary>
    public string? Model { get; init; }
}

/// <summary>
/// Cleans image files into another folder. A result has the name of its original and its place among the folders; formats
/// that cannot be written (GIF, AVIF, HEIF) become PNG, with ".png" behind the whole name ("scan.gif.png"). Depth, alpha, ICC
/// profile and metadata are the original's (<see cref="ImageFile.WriteLike"/>); networks of one size give pictures of that size,
/// without these. Every result is whole or absent, with a <see cref="Sidecar"/> beside it; a run that was stopped or killed is
/// continued by running it again.
/// </summary>
public static class DenoiseRun
{
    private static readonly string[] s_writable = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".webp"];

    /// <summary>Finds the inputs, refuses what would overwrite one, and cleans them one after the other.</summary>
    /// <param name="denoisers">Of which each picture gets one; not disposed.</param>
    /// <param name="inputs">Files, folders and patterns; see <see cref="InputImages.Find"/>.</param>
    /// <param name="options">Where the results go.</param>
    /// <param name="progress">Told of the start, the tiles and the end of each file, on this thread.</param>
    /// <param name="cancellation">Ends the work between two tiles; what is finished stays, and nothing is half written.</param>
    /// <returns>What became of each file. A file that fails does not stop the others.</returns>
    /// <exception cref="FileNotFoundException">An input does not exist, or there is no image in any of them.</exception>
    /// <exception cref="ArgumentException">
    /// A result would overwrite an input or another result, comparisons would lie among inputs or results, or no picture fits
    /// into the memory. Nothing is written.
    /// </exception>
    /// <exception cref="IOException">
    /// An input folder cannot be read, the output folder cannot be made, or another run writes into it.
    /// </exception>
    public static FileBatchResult<DenoisedFile> Run(
        DenoiserChoice denoisers, IEnumerable<string> inputs, DenoiseRunOptions options, IProgress<FileProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (options.MaxPixels < 1) throw new ArgumentException($"The pixel limit {options.MaxPixels} is not positive.");
        foreach (var denoiser in denoisers.All) denoiser.Budget?.Check();
        string[] folders = [.. new[] { options.OutputFolder, options.ComparisonFolder }.OfType<string>()];
        var (images, leftOut) = InputImages.Search(inputs, options.Recursive, folders);
        if (options.ComparisonFolder is { } given) CheckComparisons(given, options.OutputFolder, images);
        var outputs = OutputPlan.Create(images, options.OutputFolder, NameOf);
        var comparisons = options.ComparisonFolder is { } folder
            ? OutputPlan.Create(images, folder, name => FileName.With(name, ".compare.png"), outputs) : null;
        using var alone = FolderLock.Take(options.OutputFolder);
        AtomicFile.DeleteLeftovers(
            outputs.Values.SelectMany(output => new[] { output, Sidecar.PathOf(output) }).Concat(comparisons?.Values ?? []));
        var cleaning = new PictureCleaning(denoisers, options);
        return FileBatch.Run(
            images, leftOut, (image, fraction) => cleaning.Run(
                image.Path, outputs[image], comparisons?[image], fraction, cancellation),
            (image, reason) => new DenoisedFile(image.Path, FileOutcome.Failed, reason, null), progress, cancellation);
    }

    /// <summary>As with a choice of denoisers, of which there is this one.</summary>
    /// <param name="denoiser">Not disposed.</param>
    /// <param name="inputs">Files, folders and patterns.</param>
    /// <param name="options">Where the results go.</param>
    /// <param name="progress">Told of the start, the tiles and the end of each file, on this thread.</param>
    /// <param name="cancellation">Ends the work between two tiles.</param>
    /// <inheritdoc cref="Run(DenoiserChoice, IEnumerable{string}, DenoiseRunOptions, IProgress{FileProgress}?, CancellationToken)"/>
    public static FileBatchResult<DenoisedFile> Run(
        Denoiser denoiser, IEnumerable<string> inputs, DenoiseRunOptions options, IProgress<FileProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Run(new DenoiserChoice(denoiser), inputs, options, progress, cancellation);

    private static void CheckComparisons(string folder, string outputFolder, IReadOnlyList<InputImage> images)
    {
        var real = new RealPath();
        var comparisons = real.Of(folder);
        if (comparisons == real.Of(outputFolder))
            throw new ArgumentException($"The folder for comparisons is the one for results, '{folder}'; choose another.");
        if (images.FirstOrDefault(image => Path.GetDirectoryName(real.OfEntry(image.Path)) == comparisons) is { } inside)
            throw new ArgumentException(
                $"The folder for comparisons, '{folder}', is that of the original '{inside.Path}'; choose another.");
    }

    private static string NameOf(string relativePath) =>
        relativePath + (s_writable.Contains(Path.GetExtension(relativePath), StringComparer.OrdinalIgnoreCase) ? "" : ".png");
}
