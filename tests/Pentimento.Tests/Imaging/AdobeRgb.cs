using System.Buffers.Binary;
using System.Text;

namespace Pentimento.Tests.Imaging;

/// <summary>An ICC profile of Adobe RGB (1998): ICC.1:2001-04, primaries adapted to D50, gamma 563/256.</summary>
internal static class AdobeRgb
{
    public static byte[] Profile()
    {
        (string Name, byte[] Content)[] tags =
        [
            ("desc", Description("Adobe RGB (1998), made for a test")), ("cprt", [.. "text"u8, 0, 0, 0, 0, .. "none\0"u8]),
            ("wtpt", Xyz(0.9505, 1, 1.0891)), ("rXYZ", Xyz(0.60974, 0.31111, 0.01947)), ("gXYZ", Xyz(0.20528, 0.62567, 0.06087)),
            ("bXYZ", Xyz(0.14919, 0.06322, 0.74457)), ("rTRC", Gamma()), ("gTRC", Gamma()), ("bTRC", Gamma()),
        ];
        var table = new List<byte>(Number(tags.Length));
        var data = new List<byte>();
        foreach (var (name, content) in tags)
        {
            var at = 128 + 4 + 12 * tags.Length + data.Count;
            table.AddRange([.. Encoding.ASCII.GetBytes(name), .. Number(at), .. Number(content.Length)]);
            data.AddRange([.. content, .. new byte[(4 - content.Length % 4) % 4]]);
        }
        var header = new byte[128];
        Number(128 + table.Count + data.Count).CopyTo(header, 0);
        Number(0x02100000).CopyTo(header, 8);
        Encoding.ASCII.GetBytes("mntrRGB XYZ ").CopyTo(header, 12);
        Encoding.ASCII.GetBytes("acsp").CopyTo(header, 36);
        Xyz(0.9642, 1, 0.8249)[8..].CopyTo(header, 68);
        return [.. header, .. table, .. data];
    }

    private static byte[] Xyz(double x, double y, double z) => [.. "XYZ "u8, 0, 0, 0, 0, .. Fixed(x), .. Fixed(y), .. Fixed(z)];

    private static byte[] Gamma() => [.. "curv"u8, 0, 0, 0, 0, .. Number(1), 2, 51];

    private static byte[] Description(string text) =>
        [.. "desc"u8, 0, 0, 0, 0, .. Number(text.Length + 1), .. Encoding.ASCII.GetBytes(text), 0, .. new byte[78]];

    private static byte[] Fixed(double value) => Number((int)Math.Round(value * 65536));

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
