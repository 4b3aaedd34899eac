using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pentimento.Fuzz;

/// <summary>
/// Changes inside a model file behind which its checksums are right again: without that no change would get further than them.
/// </summary>
internal static class Bundles
{
    private const string Manifest = "manifest.json";

    /// <summary>One part is changed, or the manifest is.</summary>
    public static byte[] Mutated(byte[] bytes, Random random)
    {
        if (random.Next(5) == 0) return Mutation.Of(bytes, random);
        var parts = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        using (var zip = new ZipArchive(new MemoryStream(bytes)))
            foreach (var entry in zip.Entries)
            {
                using var part = new MemoryStream();
                using (var stream = entry.Open()) stream.CopyTo(part);
                parts[entry.FullName] = part.ToArray();
            }
        var name = parts.Keys.ElementAt(random.Next(parts.Count));
        var before = parts[name];
        parts[name] = name.EndsWith(".json", StringComparison.Ordinal) ? Mutation.OfText(before, random) : Weights(before, random);
        if (name != Manifest)
        {
            var manifest = JsonNode.Parse(parts[Manifest])!;
            manifest["parts"]![name] = new JsonObject
            {
                ["size"] = parts[name].Length,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(parts[name])),
            };
            parts[Manifest] = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        }
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (part, content) in parts)
            {
                using var stream = zip.CreateEntry(part, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        return packed.ToArray();
    }

    /// <summary>The header of a safetensors file is changed as text, its values as bytes.</summary>
    public static byte[] Weights(byte[] bytes, Random random)
    {
        if (bytes.Length < 8 || random.Next(4) == 0) return Mutation.Of(bytes, random);
        var length = (int)BitConverter.ToInt64(bytes);
        var header = bytes[8..(8 + length)];
        if (random.Next(3) > 0)
        {
            var changed = Mutation.OfText(header, random);
            return [.. BitConverter.GetBytes((long)changed.Length), .. changed, .. bytes[(8 + length)..]];
        }
        var values = bytes[(8 + length)..];
        if (values.Length < 4) return Mutation.Of(bytes, random);
        float[] odd = [float.NaN, float.PositiveInfinity, 1e38f, -1, 0, float.Epsilon];
        BitConverter.GetBytes(odd[random.Next(odd.Length)]).CopyTo(values, random.Next(values.Length / 4) * 4);
        return [.. bytes[..(8 + length)], .. values];
    }
}
