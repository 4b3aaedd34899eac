namespace Pentimento.Inference;

/// <summary>
/// The colour map inferno (Smith and van der Walt, 2015; CC0), whose lightness rises evenly, as the polynomial of degree 6 that
/// fits it to about 0.02 per channel (Zucker, "Polynomial colormaps"; CC0).
/// </summary>
internal static class Inferno
{
    // From the constant up; red, green, blue.
    private static readonly (double R, double G, double B)[] s_coefficients =
    [
        (0.0002189403691192265, 0.001651004631001012, -0.01948089843709184),
        (0.1065134194856116, 0.5639564367884091, 3.932712388889277),
        (11.60249308247187, -3.972853965665698, -15.9423941062914),
        (-41.70399613139459, 17.43639888205313, 44.35414519872813),
        (77.162935699427, -33.40235894210092, -81.80730925738993),
        (-71.31942824499214, 32.62606426397723, 73.20951985803202),
        (25.13112622477341, -12.24266895238567, -23.07032500287172),
    ];

    /// <summary>The colour of a value from 0 (black) to 1 (pale yellow).</summary>
    public static (byte R, byte G, byte B) ColourAt(double value)
    {
        double r = 0, g = 0, b = 0;
        for (var i = s_coefficients.Length - 1; i >= 0; i--)
        {
            r = r * value + s_coefficients[i].R;
            g = g * value + s_coefficients[i].G;
            b = b * value + s_coefficients[i].B;
        }
        return (Byte(r), Byte(g), Byte(b));
    }

    private static byte Byte(double value) => (byte)Math.Round(Math.Clamp(value, 0, 1) * 255);
}
