using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Reports;

namespace Pentimento.Experiments;

/// <summary>Finds the files of the normal pictures that a detector learnt from, and makes small ones of them.</summary>
internal sealed class NormalPictures
{
    private readonly AnomalyDetector _detector;
    private readonly string? _folder;
    private readonly int _side;
    private readonly Dictionary<string, EmbeddedPicture?> _known = [];

    /// <param name="detector">Whose pictures.</param>
    /// <param name="folder">Where they lie; null looks where they were at the training.</param>
    /// <param name="side">The longer side of the small ones.</param>
    /// <exception cref="FileNotFoundException">The folder does not exist.</exception>
    public NormalPictures(AnomalyDetector detector, string? folder, int side)
    {
        if (folder is not null && !Directory.Exists(folder)) throw new FileNotFoundException($"There is no folder '{folder}'.",
            folder);
        (_detector, _side) = (detector, side);
        var trained = detector.Training["options"]?["data"]?.GetValue<string>();
        _folder = (folder ?? trained) is { } place
            ? Directory.Exists(place) ? Path.GetFullPath(place) : Path.GetDirectoryName(Path.GetFullPath(place)) : null;
    }

    /// <summary>A picture as the detector saw it; null where it is not found or cannot be read.</summary>
    public EmbeddedPicture? Find(string id) => _known.TryGetValue(id, out var known) ? known : _known[id] = Read(id);

    private EmbeddedPicture? Read(string id)
    {
        if (_folder is null) return null;
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
}
