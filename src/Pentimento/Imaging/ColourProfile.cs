using System.Text;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>An ICC profile, as far as its header tells for which pictures it is.</summary>
/// <param name="Content">The profile as embedded in files.</param>
internal sealed record ColourProfile(byte[] Content)
{
    private const string Field = "icc-profile-data";

    /// <summary>libvips' own sRGB profile.</summary>
    public static ColourProfile Srgb => new(Image.ProfileLoad("srgb"));

    /// <summary>The profile of an image, or null.</summary>
    public static ColourProfile? Of(Image image) =>
        image.Contains(Field) && image.Get(Field) is byte[] content ? new ColourProfile(content) : null;

    /// <summary>Whether it describes grey (one channel) or RGB (three); ICC.1:2022, 7.2, bytes 16 and 36.</summary>
    public bool Fits(int channels) => Content.Length > 128
        && Encoding.ASCII.GetString(Content, 36, 4) == "acsp"
        && Encoding.ASCII.GetString(Content, 16, 4) == (channels == 1 ? "GRAY" : "RGB ");

    /// <summary>Embeds it.</summary>
    public void Embed(MutableImage image) => image.Set(GValue.BlobType, Field, Content);
}
