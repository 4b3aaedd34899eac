using Pentimento.Imaging;

namespace Pentimento.Tests.Auditing;

/// <summary>Small pictures of soft patches and strokes with a grain, no two alike.</summary>
internal static class SyntheticPaintings
{
    private const int Side = 64;

    public static RasterImage One(int seed)
    {
        var random = new Random(seed);
        double Draw(double from, double to) => from + (to - from) * random.NextDouble();
        var waves = Enumerable.Range(0, 14).Select(_ => (
            X: Draw(-0.7, 0.7), Y: Draw(-0.7, 0.7), Phase: Draw(0, 6.3), Red: Draw(-18, 18), Green: Draw(-18, 18),
            Blue: Draw(-18, 18))).ToArray();
        var (red, green, blue, grain) = (Draw(80, 160), Draw(80, 160), Draw(70, 150), Draw(4, 9));
        var samples = new byte[3 * Side * Side];
        for (var i = 0; i < Side * Side; i++)
        {
            double r = red, g = green, b = blue;
            foreach (var wave in waves)
            {
                var value = Math.Sin(wave.X * (i % Side) + wave.Y * (i / Side) + wave.Phase);
                (r, g, b) = (r + wave.Red * value, g + wave.Green * value, b + wave.Blue * value);
            }
            var noise = grain * (random.NextDouble() + random.NextDouble() - 1);
            samples[3 * i] = (byte)Math.Clamp(r + noise, 0, 255);
            samples[3 * i + 1] = (byte)Math.Clamp(g + noise, 0, 255);
            samples[3 * i + 2] = (byte)Math.Clamp(b + noise, 0, 255);
        }
        return new RasterImage(new ImageShape(3, Side, Side), samples);
    }

    public static RasterImage Brighter(RasterImage image, double factor) =>
        new(image.Shape, Array.ConvertAll(image.Samples8!, v => (byte)Math.Clamp(Math.Round(v * factor), 0, 255)));

    /// <summary>Writes pictures of the given seeds into a folder, each as <paramref name="write"/> does it.</summary>
    public static string Folder(string folder, IEnumerable<int> seeds, Action<RasterImage, string>? write = null)
    {
        Directory.CreateDirectory(folder);
        foreach (var seed in seeds)
            (write ?? ((image, path) => ImageFile.Write(path + ".png", image)))(One(seed), Path.Combine(folder, $"{seed:D4}"));
        return folder;
    }

    public static void WriteJpeg(RasterImage image, string path, int quality)
    {
        using var picture = Imaging.Pictures.Vips(image);
        picture.Jpegsave(path + ".jpg", q: quality);
    }
}
