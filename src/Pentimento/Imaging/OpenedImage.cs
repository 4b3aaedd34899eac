using NetVips;
using Pentimento.Imaging.Metadata;

namespace Pentimento.Imaging;

/// <summary>An image file as libvips has opened it. Nothing of it is decoded yet.</summary>
/// <param name="Upright">All channels, upright.</param>
/// <param name="IsTurned">Whether rows and columns changed places for that.</param>
/// <param name="Page">Which picture of a TIFF it is; null for other formats.</param>
/// <param name="Pages">How many pages or frames the file has; thumbnails and masks do not count.</param>
/// <param name="Remarks">What was passed over that is wrong with the file, in words.</param>
internal sealed record OpenedImage(Image Upright, bool IsTurned, TiffPage? Page, int Pages, IReadOnlyList<string> Remarks)
{
    /// <summary>How many of the channels are colours; they come first.</summary>
    public int Colours => Math.Min(Upright.Bands, Upright.Interpretation switch
    {
        Enums.Interpretation.Bw or Enums.Interpretation.Grey16 => 1,
        Enums.Interpretation.Cmyk => 4,
        _ => Upright.Bands < 3 ? 1 : 3,
    });

    /// <summary>
    /// What each channel after the colours means, by the numbers of TIFF: 0 nothing that is known, such as the infrared of film
    /// scans; 1 and 2 how far one sees through.
    /// </summary>
    public IReadOnlyList<int> Extra => [.. Enumerable.Range(0, Upright.Bands - Colours)
        .Select(i => Page is null ? (i == 0 ? 2 : 0) : i < Page.Layout.Extra.Count ? Page.Layout.Extra[i] : 0)];

    /// <summary>Which channel after the colours is alpha; null where none is.</summary>
    public int? Alpha => Extra.Select((meaning, i) => (meaning, i)).Where(x => x.meaning is 1 or 2).Select(x => (int?)x.i).FirstOrDefault();
}
