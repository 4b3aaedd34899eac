using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using NetVips;

namespace Pentimento.Imaging;

/// <summary>Carries what a file says about its picture (EXIF, XMP, IPTC, resolution) over to another picture.</summary>
internal static partial class FileMetadata
{
    private const string PreviewFields = "exif-ifd1";

    /// <summary><paramref name="picture"/> with the metadata of <paramref name="original"/>, but orientation 1.</summary>
    public static Image Carry(Image original, Image picture, VipsScope scope)
    {
        var copy = scope.Keep(picture.Copy(xres: original.Xres, yres: original.Yres));
        return scope.Keep(copy.Mutate(target =>
        {
            foreach (var field in original.GetFields())
            {
                if (field == "exif-data" && original.Get(field) is byte[] exif)
                    target.Set(GValue.BlobType, field, WithoutPreview(exif));
                else if (field == "iptc-data" && original.Get(field) is byte[] iptc)
                    target.Set(GValue.BlobType, field, iptc);
                else if (field == "xmp-data" && original.Get(field) is byte[] xmp)
                    target.Set(GValue.BlobType, field, Upright(xmp));
                // libvips writes only those EXIF entries that it also finds as fields.
                else if (field.StartsWith("exif-ifd", StringComparison.Ordinal)
                    && !field.StartsWith(PreviewFields, StringComparison.Ordinal) && original.Get(field) is string entry)
                    target.Set(GValue.RefStrType, field, entry);
                else if (field == "resolution-unit" && original.Get(field) is string unit)
                    target.Set(GValue.RefStrType, field, unit);
            }
            if (original.Contains("exif-data")) target.Set(GValue.GIntType, "orientation", 1);
        }));
    }

    // The preview shows the old picture. EXIF is a small TIFF ("Exif", two zeros, byte order, 42, where the first directory
    // lies); the preview is its second directory, which the four bytes after the first one's entries of 12 bytes point to.
    internal static byte[] WithoutPreview(byte[] exif)
    {
        const int header = 6;
        if (exif.Length < header + 8) return exif;
        var tiff = (byte[])exif.Clone();
        var little = tiff[header] == (byte)'I';
        var directory = header + (long)(little // of 64 bits: a damaged block may point anywhere
            ? BinaryPrimitives.ReadUInt32LittleEndian(tiff.AsSpan(header + 4))
            : BinaryPrimitives.ReadUInt32BigEndian(tiff.AsSpan(header + 4)));
        if (directory + 2 > tiff.Length) return exif;
        var count = tiff.AsSpan((int)directory);
        var entries = little ? BinaryPrimitives.ReadUInt16LittleEndian(count) : BinaryPrimitives.ReadUInt16BigEndian(count);
        var next = directory + 2 + 12 * entries;
        if (next + 4 > tiff.Length) return exif;
        tiff.AsSpan((int)next, 4).Clear();
        return tiff;
    }

    /// <summary>
    /// XMP with orientation 1: it may repeat what the file says, and some viewers believe it first. Latin-1 keeps every byte.
    /// </summary>
    public static byte[] Upright(byte[] xmp) =>
        Encoding.Latin1.GetBytes(XmpOrientation().Replace(Encoding.Latin1.GetString(xmp), "${before}1"));

    [GeneratedRegex("(?<before>tiff:Orientation(=\"|='|>))[2-8]")]
    private static partial Regex XmpOrientation();
}
