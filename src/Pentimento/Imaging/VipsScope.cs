using NetVips;

namespace Pentimento.Imaging;

/// <summary>Frees the libvips images of one piece of work at its end, the later ones first.</summary>
internal sealed class VipsScope : IDisposable
{
    private readonly Stack<Image> images = new();

    /// <summary>Hands the image back; it lives as long as the scope.</summary>
    public Image Keep(Image image)
    {
        images.Push(image);
        return image;
    }

    public void Dispose()
    {
        while (images.TryPop(out var image)) image.Dispose();
    }
}
