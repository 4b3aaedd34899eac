using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Auditing;

/// <summary>What a number says something about.</summary>
public enum BlankKind
{
    /// <summary>The file: how large it is and which program wrote it.</summary>
    File,

    /// <summary>What programs left in the pixels: compression, changes of the levels. The picture has some part in it.</summary>
    Trace,

    /// <summary>The picture as the detector sees it, in one plain number.</summary>
    Picture,
}

/// <summary>One number of a picture.</summary>
/// <param name="Name">As it is shown.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Value">Finite.</param>
public sealed record PictureNumber(string Name, BlankKind Kind, double Value);

/// <summary>All that blank models know of a picture.</summary>
/// <param name="Numbers">The same names for every picture of two sets.</param>
/// <param name="Signature">
/// Of the file's header (<see cref="FileHeader.Signature"/>); null for sets that are no image files.
/// </param>
/// <param name="Levels">As from <see cref="ProcessingTraces.LevelStructure"/>.</param>
internal sealed record PictureFacts(IReadOnlyList<PictureNumber> Numbers, string? Signature, float[] Levels)
{
    private const int NoJpeg = 101;

    /// <summary>Measures one picture.</summary>
    /// <exception cref="InvalidDataException">The file has been damaged since the set was opened.</exception>
    /// <exception cref="IOException">The file cannot be read any more.</exception>
    public static PictureFacts Of(ImageDataset images, int index)
    {
        var numbers = new List<PictureNumber>();
        void Add(BlankKind kind, string name, double value) => numbers.Add(new PictureNumber(name, kind, value));
        var original = images.ReadOriginal(index);
        var (_, height, width) = original.Shape;
        Add(BlankKind.File, "width", width);
        Add(BlankKind.File, "height", height);
        Add(BlankKind.File, "aspect (width / height)", (double)width / height);
        var header = images.FileOf(index) is { } file ? FileHeader.Read(file) : null;
        if (header is not null)
        {
            Add(BlankKind.File, "JPEG quality", header.JpegQuality ?? NoJpeg);
            Add(BlankKind.Trace, "bytes per pixel", (double)header.Bytes / ((long)width * height));
        }
        var middle = ProcessingTraces.Middle(original);
        var histogram = ProcessingTraces.Histogram(middle);
        var (black, white, clipped) = ProcessingTraces.Limits(histogram);
        Add(BlankKind.Trace, "8×8 blockiness", ProcessingTraces.Blockiness(middle));
        Add(BlankKind.Trace, "black point", black);
        Add(BlankKind.Trace, "white point", white);
        Add(BlankKind.Trace, "share of clipped values", clipped);
        var levels = new float[ProcessingTraces.Levels];
        ProcessingTraces.LevelStructure(histogram, levels);
        AddPicture(images, index, Add);
        return new PictureFacts(numbers, header?.Signature, levels);
    }

    private static void AddPicture(ImageDataset images, int index, Action<BlankKind, string, double> add)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var image = images.Read([index]);
        void Add(string name, double value) => add(BlankKind.Picture, name, value);
        var means = image.mean([0, 2, 3]).data<float>().ToArray();
        Add("brightness", means.Average(m => (double)m));
        if (means.Length == 3)
        {
            Add("mean red", means[0]);
            Add("mean green", means[1]);
            Add("mean blue", means[2]);
            Add("saturation", ImageStatistics.Saturation(image)[0]);
        }
        Add("contrast", ImageStatistics.Contrast(image)[0]);
        if (image.shape[2] < 3 || image.shape[3] < 3) return;
        Add("sharpness (mean |Laplacian|)", ImageStatistics.MeanAbsoluteLaplacian(image)[0]);
        Add("noise level", ImageStatistics.NoiseLevel(image)[0]);
        Add("share of high frequencies", ImageStatistics.HighFrequencyShare(image)[0]);
    }
}
