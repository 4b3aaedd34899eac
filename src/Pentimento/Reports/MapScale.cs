using System.Globalization;
using System.Text;
using Pentimento.Inference;

namespace Pentimento.Reports;

/// <summary>The colours of <see cref="AnomalyOverlay"/> as a bar, with what they stand for.</summary>
internal static class MapScale
{
    private const int Steps = 24, Width = 480, Height = 12;

    /// <summary>The bar.</summary>
    public static string Svg { get; } = Draw();

    private static string Draw()
    {
        var svg = new StringBuilder(
            $"<div class=\"scale\"><svg viewBox=\"0 0 {Width} {Height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
        for (var i = 0; i < Steps; i++)
        {
            var (r, g, b) = Inferno.ColourAt((i + 0.5) / Steps);
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect x=\"{i * Width / Steps}\" width=\"{Width / Steps + 1}\" height=\"{Height}\" " +
                $"fill=\"#{r:x2}{g:x2}{b:x2}\"/>");
        }
        return svg.Append("</svg><span>as expected</span><span>just strange</span><span>very strange</span></div>").ToString();
    }
}
