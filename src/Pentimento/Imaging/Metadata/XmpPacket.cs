using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Pentimento.Imaging.Metadata;

/// <summary>
/// An XMP packet, which repeats much of what the file says, and may hold pictures as text. It stays to the byte where nothing in it
/// has to change.
/// </summary>
internal static partial class XmpPacket
{
    private const int MostDepth = 200;

    private static readonly XNamespace s_rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace s_note = "http://ns.adobe.com/xmp/note/";

    // What they say is about further pictures behind the first one in the file, which stay behind.
    private static readonly string[] s_gainMaps =
        ["http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/", "http://ns.google.com/photos/1.0/container/"];

    private static readonly string[] s_pairs =
    [
        "tiff:XResolution tiff:YResolution", "tiff:ImageWidth tiff:ImageLength", "exif:PixelXDimension exif:PixelYDimension",
        "exif:FocalPlaneXResolution exif:FocalPlaneYResolution",
    ];

    /// <summary>The packet of an upright picture, without pictures in it.</summary>
    /// <param name="packet">UTF-8, or any bytes.</param>
    /// <param name="isTurned">Whether rows and columns changed places.</param>
    /// <returns>Null where pictures are in it that cannot be taken out.</returns>
    public static byte[]? Upright(byte[] packet, bool isTurned)
    {
        var text = Encoding.Latin1.GetString(packet); // keeps every byte
        var upright = Orientation().Replace(text, "${before}1");
        if (isTurned) upright = s_pairs.Aggregate(upright, SwapPair);
        var bytes = upright == text ? packet : Encoding.Latin1.GetBytes(upright);
        if (!Suspicious().IsMatch(text)) return bytes;
        try
        {
            var document = Parse(bytes);
            return RemovePictures(document) ? Text(document) : bytes;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>Whether it tells of a gain map.</summary>
    public static bool TellsOfGainMap(ReadOnlySpan<byte> packet) =>
        packet.IndexOf("hdr-gain-map"u8) >= 0 || packet.IndexOf("HDRGainMap"u8) >= 0 || packet.IndexOf("\"GainMap\""u8) >= 0;

    /// <summary>A packet and its extension as one, for formats without a limit of size; the packet where that cannot be.</summary>
    public static byte[] Merge(byte[] packet, byte[] extension)
    {
        try
        {
            var (document, more) = (Parse(packet), Parse(extension));
            RemoveNote(document);
            document.Descendants(s_rdf + "RDF").First().Add(more.Descendants(s_rdf + "RDF").First().Elements());
            return Text(document);
        }
        catch (Exception e) when (e is XmlException or InvalidOperationException)
        {
            return packet;
        }
    }

    /// <summary>A packet that says no more than where its extension is.</summary>
    /// <param name="extension">The extension's name: 32 digits.</param>
    public static byte[] Pointer(string extension) => Encoding.UTF8.GetBytes(
        $"<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{s_rdf}\">"
        + $"<rdf:Description rdf:about=\"\" xmlns:xmpNote=\"{s_note}\" xmpNote:HasExtendedXMP=\"{extension}\"/></rdf:RDF></x:xmpmeta>"
        + "<?xpacket end=\"w\"?>");

    /// <summary>A packet with another name for its extension, or without one.</summary>
    public static byte[] WithExtension(byte[] packet, string? old, string? name)
    {
        if (old is null || old == name) return packet;
        if (name is not null)
            return Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(packet).Replace(old, name, StringComparison.OrdinalIgnoreCase));
        try
        {
            var document = Parse(packet);
            RemoveNote(document);
            return Text(document);
        }
        catch (XmlException)
        {
            return packet;
        }
    }

    private static void RemoveNote(XDocument document)
    {
        document.Descendants().Attributes(s_note + "HasExtendedXMP").Remove();
        document.Descendants(s_note + "HasExtendedXMP").Remove();
    }

    private static bool RemovePictures(XDocument document)
    {
        var removals = new List<Action>();
        foreach (var element in document.Descendants())
        {
            foreach (var attribute in element.Attributes())
                if (!attribute.IsNamespaceDeclaration && (IsPicture(attribute.Value) || TellsOfFurther(attribute.Name)))
                    removals.Add(Removal(attribute, element));
            if (TellsOfFurther(element.Name) || (!element.HasElements && IsPicture(element.Value)))
                removals.Add(Removal(null, element));
        }
        foreach (var remove in removals) remove();
        return removals.Count > 0;
    }

    /// <summary>The whole property that something is a part of: what lies directly in the outermost description.</summary>
    private static Action Removal(XAttribute? attribute, XElement element)
    {
        var outermost = element.AncestorsAndSelf(s_rdf + "Description").LastOrDefault();
        if (outermost is null || (outermost == element && attribute is null)) return () => element.RemoveAll();
        if (outermost == element) return () => attribute!.Remove();
        var property = element.AncestorsAndSelf().First(above => above.Parent == outermost);
        return () =>
        {
            if (property.Parent is not null) property.Remove();
        };
    }

    private static bool TellsOfFurther(XName name) => s_gainMaps.Contains(name.NamespaceName)
        || (name.NamespaceName == "http://ns.google.com/photos/1.0/camera/"
            && (name.LocalName.StartsWith("MicroVideo", StringComparison.Ordinal)
                || name.LocalName.StartsWith("MotionPhoto", StringComparison.Ordinal)));

    // Base64 of the first bytes of JPEG, PNG, and RIFF (WebP); line breaks are allowed anywhere.
    private static bool IsPicture(string value)
    {
        var start = value.AsSpan().TrimStart();
        return start.Length >= 64 && (start.StartsWith("/9j/") || start.StartsWith("iVBORw0KGgo") || start.StartsWith("UklGR"));
    }

    private static XDocument Parse(byte[] packet)
    {
        var end = packet.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        XmlReader Reader() => XmlReader.Create(
            new MemoryStream(packet, 0, end), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        using (var depth = Reader())
            while (depth.Read())
                if (depth.Depth > MostDepth) throw new XmlException($"More than {MostDepth} elements lie in each other.");
        using var reader = Reader();
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace);
    }

    private static byte[] Text(XDocument document)
    {
        var text = new MemoryStream();
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false) };
        using (var writer = XmlWriter.Create(text, settings)) document.Save(writer);
        return text.ToArray();
    }

    private static string SwapPair(string text, string pair)
    {
        var names = pair.Split(' ');
        if (Value(text, names[0]) is not { Success: true } a || Value(text, names[1]) is not { Success: true } b) return text;
        var (first, second) = a.Index < b.Index ? (a, b) : (b, a);
        return text[..first.Index] + second.Value + text[(first.Index + first.Length)..second.Index] + first.Value
            + text[(second.Index + second.Length)..];
    }

    private static Match Value(string text, string name) =>
        Regex.Match(text, "(?<=\\b" + Regex.Escape(name) + "(=\"|='|>))[^\"'<]*");

    [GeneratedRegex("(?<before>tiff:Orientation(=\"|='|>))[2-8]")]
    private static partial Regex Orientation();

    [GeneratedRegex(
        "/9j/|iVBORw0KGgo|UklGR|hdr-gain-map|HDRGainMap|ns\\.google\\.com/photos/1\\.0/(container|camera)/")]
    private static partial Regex Suspicious();
}
