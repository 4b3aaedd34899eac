using System.Buffers.Binary;

namespace Pentimento.Imaging.Metadata;

/// <summary>What the pixels of a <see cref="Resolution"/> are counted in, by the numbers of TIFF.</summary>
internal enum ResolutionUnit
{
    /// <summary>Only the ratio of the two numbers means something.</summary>
    None = 1,

    /// <summary>Pixels per inch.</summary>
    Inch = 2,

    /// <summary>Pixels per centimetre.</summary>
    Centimetre = 3,
}

/// <summary>How large a picture's pixels are. Each format says it in its own way; none is invented.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Down.</param>
/// <param name="Unit">Of what.</param>
internal sealed record Resolution(double X, double Y, ResolutionUnit Unit)
{
    private const double CentimetresPerInch = 2.54;

    /// <summary>That of the picture turned by a quarter.</summary>
    public Resolution Turned() => new(Y, X, Unit);

    /// <summary>From JFIF's segment, where it says one.</summary>
    public static Resolution? OfJfif(ReadOnlySpan<byte> content)
    {
        if (content.Length < 12) return null;
        var (x, y) = (BinaryPrimitives.ReadUInt16BigEndian(content[8..]), BinaryPrimitives.ReadUInt16BigEndian(content[10..]));
        return Checked(x, y, content[7] switch { 1 => ResolutionUnit.Inch, 2 => ResolutionUnit.Centimetre, _ => ResolutionUnit.None });
    }

    /// <summary>From PNG's pHYs, which counts pixels per metre.</summary>
    public static Resolution? OfPng(ReadOnlySpan<byte> content)
    {
        if (content.Length != 9) return null;
        var (x, y) = (BinaryPrimitives.ReadUInt32BigEndian(content), BinaryPrimitives.ReadUInt32BigEndian(content[4..]));
        return content[8] == 1 ? Checked(x / 100.0, y / 100.0, ResolutionUnit.Centimetre) : Checked(x, y, ResolutionUnit.None);
    }

    /// <summary>From the entries of a TIFF directory.</summary>
    public static Resolution? OfTiff(IReadOnlyList<TiffEntry> entries)
    {
        double? Fraction(ushort tag) => entries.FirstOrDefault(e => e.Tag == tag) is { Type: 5, Content: { Length: 8 } value }
            ? BinaryPrimitives.ReadUInt32LittleEndian(value) / (double)BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(4)) : null;
        var unit = entries.FirstOrDefault(e => e.Tag == TiffTags.ResolutionUnit)?.Content is { Length: >= 2 } said ? said[0] : 2;
        return Fraction(TiffTags.XResolution) is { } x && Fraction(TiffTags.YResolution) is { } y && unit is >= 1 and <= 3
            ? Checked(x, y, (ResolutionUnit)unit) : null;
    }

    /// <summary>As JFIF's segment, in whole numbers.</summary>
    public byte[] ToJfif()
    {
        var (x, y, unit) = (X, Y, Unit);
        // JFIF has no fractions: 118.11 per centimetre are 300 per inch.
        if (unit == ResolutionUnit.Centimetre && (x != Math.Round(x) || y != Math.Round(y)))
            (x, y, unit) = (x * CentimetresPerInch, y * CentimetresPerInch, ResolutionUnit.Inch);
        byte code = unit switch { ResolutionUnit.Inch => 1, ResolutionUnit.Centimetre => 2, _ => 0 };
        byte[] content = [.. "JFIF\0"u8, 1, 1, code, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(8), (ushort)Math.Clamp(Math.Round(x), 1, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(10), (ushort)Math.Clamp(Math.Round(y), 1, ushort.MaxValue));
        return content;
    }

    /// <summary>As PNG's pHYs.</summary>
    public byte[] ToPng()
    {
        var factor = Unit switch { ResolutionUnit.Inch => 100 / CentimetresPerInch, ResolutionUnit.Centimetre => 100, _ => 1 };
        var content = new byte[9];
        BinaryPrimitives.WriteUInt32BigEndian(content, (uint)Math.Clamp(Math.Round(X * factor), 1, int.MaxValue));
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4), (uint)Math.Clamp(Math.Round(Y * factor), 1, int.MaxValue));
        content[8] = (byte)(Unit == ResolutionUnit.None ? 0 : 1);
        return content;
    }

    /// <summary>As the entries of a TIFF directory.</summary>
    public IEnumerable<TiffEntry> ToTiff() =>
        [Entry(TiffTags.XResolution, X), Entry(TiffTags.YResolution, Y), new(TiffTags.ResolutionUnit, 3, 1, [(byte)Unit, 0])];

    private static TiffEntry Entry(ushort tag, double value)
    {
        var whole = value == Math.Round(value);
        var content = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(content, (uint)Math.Round(Math.Min(value, 4_000_000) * (whole ? 1 : 1000)));
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), whole ? 1u : 1000u);
        return new TiffEntry(tag, 5, 1, content);
    }

    private static Resolution? Checked(double x, double y, ResolutionUnit unit) =>
        x > 0 && y > 0 && double.IsFinite(x) && double.IsFinite(y) ? new Resolution(x, y, unit) : null;
}
