namespace Pentimento.Imaging.Metadata;

/// <summary>The second bytes of JPEG's markers (ITU-T T.81, table B.1).</summary>
internal static class JpegMarker
{
    public const byte Start = 0xD8, End = 0xD9, Scan = 0xDA, Comment = 0xFE, App0 = 0xE0, App1 = 0xE1, App2 = 0xE2, App8 = 0xE8,
        App11 = 0xEB, App13 = 0xED, App14 = 0xEE, App15 = 0xEF;

    /// <summary>Whether it begins a frame: size, components, and by which process they are coded.</summary>
    public static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>Whether it stands alone, without a length after it.</summary>
    public static bool IsAlone(byte marker) => marker is 0x01 or >= 0xD0 and <= 0xD8;
}
