using Pentimento.Imaging;
using Pentimento.Inference;

namespace Pentimento.Samples;

public static class DenoisePicture
{
    public static void Run(string model, string picture, string result)
    {
        using var denoiser = Denoiser.Load(model);
        RasterImage noisy = ImageFile.Read(picture);
        RasterImage clean = denoiser.Denoise(noisy);
        ImageFile.WriteLike(picture, clean, result); // with the profile, depth and metadata of the original
    }
}
