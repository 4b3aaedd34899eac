using Pentimento.Imaging;
using Pentimento.Metrics;

namespace Pentimento.Inference;

/// <summary>What a <see cref="DenoiseRun"/> does.</summary>
public sealed record DenoiseRunOptions
{
    /// <summary>Where the results go; it is made where it does not exist.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Whether folders are searched with their sub-folders. The default value is false.</summary>
    public bool Recursive { get; init; }

    /// <summary>
    /// Whether files that exist in the output folder are replaced; else their inputs are skipped. Originals never are replaced.
    /// The default value is false.
    /// </summary>
    public bool Overwrite { get; init; }
}

/// <summary>What became of one picture.</summary>
/// <param name="Path">The original.</param>
/// <param name="Outcome">How it ended; skipped where the result exists already.</param>
/// <param name="Reason">Why it was skipped or failed, in one line; null when done.</param>
/// <param name="Output">The result: written, or there already; null when failed.</param>
public sealed record DenoisedFile(string Path, FileOutcome Outcome, string? Reason, string? Output)
    : FileResult(Path, Outcome, Reason)
{
    /// <summary>The noise of the original; null where it was not cleaned.</summary>
    public NoiseEstimate? NoiseBefore { get; init; }

    /// <summary>The noise of the result; null where it was not cleaned.</summary>
    public NoiseEstimate? NoiseAfter { get; init; }
}

/// <summary>
/// Cleans image files into another folder. A result has the name of its original and its place among the folders; formats
/// that cannot be written (GIF, AVIF, HEIF) become PNG, with ".png" behind the whole name ("scan.gif.png"). Depth, alpha, ICC
/// profile and metadata are the original's (<see cref="ImageFile.WriteLike"/>); networks of one size give pictures of that size,
/// without these. Every result is whole or absent.
/// </summary>
public static class DenoiseRun
{
    private static readonly string[] s_writable = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".webp"];

    /// <summary>Finds the inputs, refuses what would overwrite one, and cleans them one after the other.</summary>
    /// <param name="denoiser">Not disposed.</param>
    /// <param name="inputs">Files, folders and patterns; see <see cref="InputImages.Find"/>.</param>
    /// <param name="options">Where the results go.</param>
    /// <param name="progress">Told of the start, the tiles and the end of each file, on this thread.</param>
    /// <param name="cancellation">Ends the work between two tiles; what is finished stays, and nothing is half written.</param>
    /// <returns>What became of each file. A file that fails does not stop the others.</returns>
    /// <exception cref="FileNotFoundException">An input does not exist, or there is no image in any of them.</exception>
    /// <exception cref="ArgumentException">A result would overwrite an input or another result. Nothing is written.</exception>
    /// <exception cref="IOException">An input folder cannot be read, or the output folder cannot be made.</exception>
    public static FileBatchResult<DenoisedFile> Run(
        Denoiser denoiser, IEnumerable<string> inputs, DenoiseRunOptions options, IProgress<FileProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var images = InputImages.Find(inputs, options.Recursive, [options.OutputFolder]);
        var outputs = OutputPlan.Create(images, options.OutputFolder, NameOf);
        return FileBatch.Run(
            images,
            (image, fraction) => !options.Overwrite && File.Exists(outputs[image])
                ? new DenoisedFile(image.Path, FileOutcome.Skipped, $"'{outputs[image]}' exists already", outputs[image])
                : Clean(denoiser, image.Path, outputs[image], fraction, cancellation),
            (image, reason) => new DenoisedFile(image.Path, FileOutcome.Failed, reason, null),
            progress, cancellation);
    }

    private static string NameOf(string relativePath) =>
        relativePath + (s_writable.Contains(Path.GetExtension(relativePath), StringComparer.OrdinalIgnoreCase) ? "" : ".png");

    private static DenoisedFile Clean(
        Denoiser denoiser, string path, string output, IProgress<double> progress, CancellationToken cancellation)
    {
        var toSrgb = denoiser.Model.Preprocessing.ToSrgb;
        var original = ImageFile.Read(path, new ImageReadOptions
        {
            Channels = null,
            ToSrgb = toSrgb,
            Alpha = denoiser.KeepsSize ? AlphaRule.Ignore : AlphaRule.OverWhite,
        });
        var cleaned = denoiser.Denoise(original, progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (denoiser.KeepsSize) ImageFile.WriteLike(path, cleaned, output, toSrgb);
        else ImageFile.Write(output, cleaned);
        return new DenoisedFile(path, FileOutcome.Done, null, output)
        {
            NoiseBefore = NoiseOf(original),
            NoiseAfter = NoiseOf(cleaned),
        };
    }

    private static NoiseEstimate NoiseOf(RasterImage image)
    {
        using var values = image.ToTensor();
        return NoiseEstimate.Of(values);
    }
}
