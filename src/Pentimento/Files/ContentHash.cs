using System.Security.Cryptography;

namespace Pentimento.Files;

/// <summary>SHA-256 hashes as 64 lower-case hexadecimal digits.</summary>
public static class ContentHash
{
    /// <summary>The hash of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The hash of a file's content.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string OfFile(string path)
    {
        using var stream = InputFile.OpenRead(path);
        return Of(stream);
    }

    /// <summary>The hash of a stream from where it stands to its end.</summary>
    public static string Of(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));
}
