using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Reports;

namespace Pentimento.Experiments;

/// <summary>
/// The normal pictures that a detector learnt from, small: those that came along with the model, or of the files in a folder that a
/// person has named. A model from elsewhere must not choose what is read and put into a page.
/// </summary>
internal sealed class NormalPictures
{
    private readonly AnomalyDetector _detector;
    private readonly string? _folder;
    private readonly int _side;
    private readonly Dictionary<string, EmbeddedPicture?> _known = [];

    /// <param name="detector">Whose pictures.</param>
    /// <param name="folder">
    /// Where they lie; null takes what came along.
    /// </param>
    /// <param name="side">The longer side of the small ones.</param>
    /// <exception cref="FileNotFoundException">The folder does not exist.</exception>
    public NormalPictures(AnomalyDetector detector, string? folder, int side)
    {
        if (folder is not null && !Directory.Exists(folder)) throw new FileNotFoundException($"There is no folder '{folder}'.",
            folder);
        (_detector, _side) = (detector, side);
        _folder = folder is null ? null : Path.GetFullPath(folder);
    }

    /// <summary>A picture as the detector saw it; null where it is not found or cannot be read.</summary>
    public EmbeddedPicture? Find(string id) => _known.TryGetValue(id, out var known) ? known : _known[id] = Read(id);

    private EmbeddedPicture? Read(string id)
    {
        if (_folder is null) return OfModel(id);
        // The names come with the model, which may come from anywhere: no picture from outside of the folder gets into a report.
        var path = Path.GetFullPath(Path.Combine(_folder, id));
        if (!path.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path)) return null;
        try
        {
            return EmbeddedImage.Thumbnail(ImageFile.Read(path, _detector.Preprocessing), _side);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException)
        {
            return null;
        }
    }

    private EmbeddedPicture? OfModel(string id)
    {
        const int side = NormalExamples.LongestSide;
        if (_detector.Examples is not { } examples || !examples.Pictures.TryGetValue(id, out var file)) return null;
        try
        {
            // Decoded and encoded anew: what is in the page was made here.
            var options = new ImageReadOptions { Channels = null, MaxPixels = side * side };
            return EmbeddedImage.Thumbnail(ImageFile.Decode(file, id, options), _side);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException)
        {
            return null;
        }
    }
}
