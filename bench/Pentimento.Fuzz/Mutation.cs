using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Pentimento.Fuzz;

/// <summary>Small changes of a file, all drawn from one seed.</summary>
internal static partial class Mutation
{
    private static readonly string[] s_words =
    [
        "0", "-1", "1", "2", "65536", "2147483647", "2147483648", "4611686018427387904", "9223372036854775807", "1e308", "1e999", "-0.5",
        "null", "\"\"", "[]", "{}", "true", "NaN", "\"\\u0000\"", "\"x\\ny\"",
    ];

    /// <summary>A few changes anywhere.</summary>
    public static byte[] Of(byte[] bytes, Random random)
    {
        var result = bytes.ToList();
        for (var changes = 1 << random.Next(4); changes > 0 && result.Count > 0; changes--) Change(result, random);
        return [.. result];
    }

    /// <summary>A number or word of a text becomes another, or a few changes anywhere.</summary>
    public static byte[] OfText(byte[] bytes, Random random)
    {
        if (random.Next(4) == 0) return Of(bytes, random);
        var text = Encoding.Latin1.GetString(bytes);
        var tokens = Token().Matches(text);
        if (tokens.Count == 0) return Of(bytes, random);
        var token = tokens[random.Next(tokens.Count)];
        var with = random.Next(3) == 0 ? tokens[random.Next(tokens.Count)].Value : s_words[random.Next(s_words.Length)];
        return Encoding.Latin1.GetBytes(text[..token.Index] + with + text[(token.Index + token.Length)..]);
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        var length = Math.Min(1 + random.Next(16), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes[at] = (byte)(random.Next(2) * 255); break;
            case 3: bytes.RemoveRange(at, length); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
            case 5: for (var i = 0; i < length; i++) bytes[at + i] = 0; break;
            case 6: bytes.RemoveRange(at, bytes.Count - at); break;
            default: Number(bytes, at, random); break;
        }
    }

    private static void Number(List<byte> bytes, int at, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        long value = random.Next(6) switch { 0 => 0, 1 => -1, 2 => int.MaxValue, 3 => 1 << 16, 4 => long.MaxValue, _ => random.Next() };
        if (random.Next(2) == 0) BinaryPrimitives.WriteInt64LittleEndian(number, value);
        else BinaryPrimitives.WriteInt64BigEndian(number, value);
        for (var i = 0; i < (random.Next(2) == 0 ? 4 : 8) && at + i < bytes.Count; i++) bytes[at + i] = number[i];
    }

    [GeneratedRegex(@"-?[0-9][0-9.eE+-]*|[A-Za-z_.][A-Za-z0-9_.-]*")]
    private static partial Regex Token();
}
