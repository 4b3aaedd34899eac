namespace Pentimento.Imaging;

/// <summary>
/// Reads pictures of where something is, as people save them: white on black, but also 1 on 0 or any other value, numbers of kinds,
/// colours, or marks on a transparent ground. Thread-safe.
/// </summary>
public static class MaskFile
{
    private const int MostKinds = 8, LeastOfJpeg = 16;

    /// <summary>Reads a mask.</summary>
    /// <param name="path">
    /// Black or transparent is unmarked. With up to eight other values every one of them is a mark; with more (soft edges), and in
    /// JPEG, whose black is not exact, what is at least half as bright as the brightest. A picture that is black throughout is
    /// read by its alpha, if that differs from place to place; one that is transparent throughout by its colours.
    /// </param>
    /// <returns>One channel, 8 bit, upright: 255 where it is marked, else 0.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no image, is damaged or too large; one line that names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RasterImage Read(string path)
    {
        var file = ImageFile.Loaded(path);
        return VipsErrors.Watch(file, () => Marked(file));
    }

    private static RasterImage Marked(EncodedImage file)
    {
        using var scope = new VipsScope();
        var options = new ImageReadOptions { Channels = null, Alpha = AlphaRule.Ignore };
        var image = ImageDecoder.Colours(file, options, scope, null, out var opened, null);
        var (colours, bitDepth) = (image.Bands, image.Format == NetVips.Enums.BandFormat.Uchar ? 8 : 16);
        if (opened.Alpha is { } index && ImageDecoder.Extra(opened, file, bitDepth, scope) is { } extra)
            image = scope.Keep(image.Bandjoin(scope.Keep(extra.ExtractBand(index)))); // one pass: files are read from top to bottom
        var samples = scope.Keep(image.Cast(NetVips.Enums.BandFormat.Ushort)).WriteToMemory<ushort>();
        var values = Brightness(samples, image.Bands, colours);
        var least = LeastMark(values, file.Head() is [0xff, 0xd8, ..] ? LeastOfJpeg << (bitDepth - 8) : null);
        return new RasterImage(
            new ImageShape(1, image.Height, image.Width), Array.ConvertAll(values, value => (byte)(value >= least ? 255 : 0)));
    }

    /// <summary>The brightest colour of each pixel, 0 where it is transparent; or its alpha where all else is black.</summary>
    private static ushort[] Brightness(ushort[] samples, int bands, int colours)
    {
        var (values, alpha) = (new ushort[samples.Length / bands], new ushort[samples.Length / bands]);
        for (var i = 0; i < values.Length; i++)
        {
            var pixel = samples.AsSpan(i * bands, bands);
            foreach (var value in pixel[..colours]) values[i] = Math.Max(values[i], value);
            alpha[i] = bands > colours ? pixel[colours] : ushort.MaxValue;
        }
        if (!alpha.AsSpan().ContainsAnyExcept((ushort)0)) return values;
        for (var i = 0; i < values.Length; i++)
            if (alpha[i] == 0) values[i] = 0;
        return values.AsSpan().ContainsAnyExcept((ushort)0) || !alpha.AsSpan().ContainsAnyExcept(alpha[0]) ? values : alpha;
    }

    /// <param name="values">At least one.</param>
    /// <param name="exceeds">Noise that a format leaves on black; null where black is exact.</param>
    private static int LeastMark(ushort[] values, int? exceeds)
    {
        var half = (values.Max() + 1) / 2;
        if (exceeds is { } noise) return Math.Max(half, noise);
        return values.Where(value => value > 0).Distinct().Take(MostKinds + 1).Count() > MostKinds ? half : 1;
    }
}
