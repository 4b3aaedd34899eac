using NetVips;
using Pentimento.Files;

namespace Pentimento.Imaging;

/// <summary>An image that is not decoded yet: a file, or the bytes of one in memory.</summary>
/// <param name="Name">What errors call it; without <paramref name="Content"/> the file.</param>
/// <param name="Content">The bytes, or null.</param>
/// <param name="IsLenient">Whether what libjpeg warns of is passed over; see <see cref="JpegWarning"/>.</param>
internal sealed record EncodedImage(string Name, byte[]? Content = null, bool IsLenient = false)
{
    private const int HeadSize = 256;

    /// <summary>A source for libvips.</summary>
    /// <exception cref="InvalidDataException">It is no file, but a pipe or a device.</exception>
    public Source Source()
    {
        if (Content is not null) return NetVips.Source.NewFromMemory(Content);
        InputFile.Check(Name);
        return NetVips.Source.NewFromFile(Name);
    }

    /// <summary>A stream from its first byte; the caller disposes it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a pipe or a device.</exception>
    /// <exception cref="IOException">It cannot be read; the message names it.</exception>
    public Stream Stream()
    {
        if (Content is not null) return new MemoryStream(Content, writable: false);
        if (Directory.Exists(Name)) throw new InvalidDataException($"{Name}: a folder, not an image file");
        try
        {
            return InputFile.OpenRead(Name);
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
