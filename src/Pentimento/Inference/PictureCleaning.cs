using Pentimento.Files;
using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Inference;

/// <summary>Cleans one file after the other, each with its <see cref="Sidecar"/>, and skips what is done.</summary>
internal sealed class PictureCleaning(DenoiserChoice choice, DenoiseRunOptions options)
{
    private readonly ImageReadOptions _reading = new()
    {
        Channels = null,
        ToSrgb = choice.Any.Model.Preprocessing.ToSrgb,
        // Networks of one size see the picture whole.
        MaxPixels = choice.Any.KeepsSize ? options.MaxPixels : Math.Min(options.MaxPixels, ImageReadOptions.DefaultMaxPixels),
        Alpha = choice.Any.KeepsSize ? AlphaRule.Ignore : AlphaRule.OverWhite,
    };

    /// <summary>Cleans a file, unless that is done.</summary>
    /// <param name="path">The original.</param>
    /// <param name="output">The result.</param>
    /// <param name="comparison">Where the <see cref="CleaningComparison"/> goes, or null.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Ends the work between two tiles.</param>
    public DenoisedFile Run(
        string path, string output, string? comparison, IProgress<double> progress, CancellationToken cancellation)
    {
        InputFile.Check(path);
        var input = new SidecarFile(path, new FileInfo(path).Length, ContentHash.OfFile(path));
        if (!options.Overwrite && File.Exists(output))
        {
            if (Obstacle(output) is { } obstacle) return new DenoisedFile(path, FileOutcome.Skipped, obstacle, output);
            var made = Sidecar.Find(output)!;
            var its = choice.For(made.NoiseBefore);
            if (made.IsOf(input.Sha256, ModelOf(its), SettingsOf(its)))
            {
                if (comparison is not null && IsMissingOrOlder(comparison, output))
                    Compare(path, output, comparison, cancellation);
                return new DenoisedFile(path, FileOutcome.Skipped, null, output);
            }
        }
        var sidecar = Clean(input, output, progress, cancellation);
        if (comparison is not null) Compare(path, output, comparison, cancellation);
        var remark = sidecar.Remarks is { } remarks ? string.Join("; ", remarks) : null;
        return new DenoisedFile(path, FileOutcome.Done, remark, output)
        {
            NoiseBefore = sidecar.NoiseBefore,
            NoiseAfter = sidecar.NoiseAfter,
            Model = choice.NameOf(sidecar.Model.Sha256),
        };
    }

    /// <summary>Why a file that exists cannot be a result of an earlier run, or null.</summary>
    private static string? Obstacle(string output)
    {
        if (Sidecar.Find(output) is not { } made) return $"'{output}' exists already and has no sidecar; it was left alone";
        return made.Output.Sha256 == ContentHash.OfFile(output) ? null
            : $"'{output}' was changed since it was made; it was left alone";
    }

    private static bool IsMissingOrOlder(string file, string than) =>
        File.GetLastWriteTimeUtc(file) < File.GetLastWriteTimeUtc(than); // of a missing one it is in 1601

    private void Compare(string path, string output, string comparison, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        Tensor Middle(string file, bool isOriginal)
        {
            using var reader = ImageRowReader.Open(file, _reading);
            return isOriginal && !choice.Any.KeepsSize ? CleaningComparison.Middle(choice.Any.Preprocess(Whole(reader)))
                : CleaningComparison.Middle(reader, cancellation);
        }
        ImageFile.Write(comparison, CleaningComparison.Draw(Middle(path, isOriginal: true), Middle(output, isOriginal: false)));
    }

    private Sidecar Clean(
        SidecarFile input, string output, IProgress<double> progress, CancellationToken cancellation)
    {
        using var reader = ImageRowReader.Open(input.Path, _reading);
        // Before the picture is read: what does not fit into the memory must not be decoded.
        var tileSizes = choice.All.ToDictionary(one => one, one => TileSize(one, reader, output));
        NoiseEstimate? noise = choice.Any.KeepsSize && choice.Any.EstimatesNoise ? Noise(input.Path, cancellation) : null;
        var denoiser = choice.For(noise);
        var tileSize = tileSizes[denoiser];
        // What the estimate and earlier pictures left would else count with this one.
        if (denoiser.Budget is not null)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var plan = denoiser.PlanFor(noise);
        var shape = denoiser.KeepsSize ? reader.Shape : denoiser.Model.Network.Input with { Channels = reader.Shape.Channels };
        using var measurement = new CleaningMeasurement(shape, noise);
        Sidecar? sidecar = null;
        string[] remarks = [];
        AtomicFile.Write(output, stream =>
        {
            using (var writer = new ImageRowWriter(
                stream, output, shape, reader.BitDepth, denoiser.KeepsSize ? input.Path : null, _reading.ToSrgb))
            {
                if (denoiser.KeepsSize)
                    denoiser.Denoise(reader, writer, tileSize, plan, measurement.Add, progress, cancellation);
                else writer.Write(denoiser.Denoise(Whole(reader), noise, measurement.Add, progress, cancellation));
                writer.Complete();
                remarks = [.. reader.Remarks.Concat(writer.Remarks).Distinct()];
            }
            cancellation.ThrowIfCancellationRequested();
            stream.Position = 0;
            var made = new SidecarFile(Path.GetFileName(output), stream.Length, ContentHash.Of(stream));
            var (before, after) = measurement.Noise();
            sidecar = new Sidecar(
                input, made, SidecarPicture.Of(shape, ImageRowWriter.DepthOf(output, reader.BitDepth)),
                ModelOf(denoiser), SettingsOf(denoiser), new SidecarTiles(measurement.Tiles, tileSize), measurement.Residual(),
                before, after)
            {
                NoiseLevel = plan.Told?.Level,
                Remarks = remarks.Length > 0 ? remarks : null,
            };
            // The sidecar first, and nothing beside it but its own result: killed at any point here, the next run does it again.
            File.Delete(output);
            sidecar.Save(output);
        });
        return sidecar!;
    }

    /// <summary>The tile size that the picture gets; an error where it does not fit into the memory.</summary>
    private static int TileSize(Denoiser denoiser, ImageRowReader reader, string output)
    {
        if (denoiser.Budget is not { } budget) return denoiser.DefaultSize;
        return budget.TileSize(reader.Shape, reader.BitDepth, reader.HeldBytes + ImageRowWriter.HeldBytes(output, reader.Shape)
            + (denoiser.KeepsSize ? 0 : 3 * reader.Shape.Count * (reader.BitDepth / 8)));
    }

    private NoiseEstimate Noise(string path, CancellationToken cancellation)
    {
        using var reader = ImageRowReader.Open(path, _reading);
        return PictureNoise.Of(reader, choice.Any.Learned, cancellation);
    }

    private static SidecarModel ModelOf(Denoiser denoiser) => new(denoiser.Model.Network.Architecture, denoiser.Model.FileHash);

    private static SidecarSettings SettingsOf(Denoiser denoiser) => new(
        denoiser.Options.Blend, denoiser.Options.NoiseLevel, denoiser.Options.Strength, denoiser.Options.Ensemble);

    private static RasterImage Whole(ImageRowReader reader)
    {
        var image = RasterRegions.Empty(reader.Shape, reader.BitDepth);
        reader.Read(image, 0, reader.Shape.Height);
        return image;
    }
}
