using NetVips;

namespace Pentimento.Imaging;

/// <summary>An image that is not decoded yet: a file, or the bytes of one in memory.</summary>
/// <param name="Name">What errors call it; without <paramref name="Content"/> the file.</param>
/// <param name="Content">The bytes, or null.</param>
/// <param name="IsLenient">Whether what libjpeg warns of is passed over; see <see cref="JpegWarning"/>.</param>
internal sealed record EncodedImage(string Name, byte[]? Content = null, bool IsLenient = false)
{
    private const int HeadSize = 256;

    /// <summary>A source for libvips.</summary>
    public Source Source() => Content is null ? NetVips.Source.NewFromFile(Name) : NetVips.Source.NewFromMemory(Content);

    /// <summary>A stream from its first byte; the caller disposes it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder.</exception>
    /// <exception cref="IOException">It cannot be read; the message names it.</exception>
    public Stream Stream()
    {
        if (Content is not null) return new MemoryStream(Content, writable: false);
        if (Directory.Exists(Name)) throw new InvalidDataException($"{Name}: a folder, not an image file");
        try
        {
            return File.OpenRead(Name);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{Name}: there is no such file", Name, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{Name}: no permission to read this file", e);
        }
        catch (IOException e)
        {
            throw new IOException($"{Name}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>The first bytes, by which formats are known.</summary>
    /// <inheritdoc cref="Stream" path="/exception"/>
    public byte[] Head()
    {
        using var stream = Stream();
        var head = new byte[HeadSize];
        return head[..stream.ReadAtLeast(head, HeadSize, throwOnEndOfStream: false)];
    }
}
