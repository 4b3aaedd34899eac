using System.Globalization;
using Pentimento.Metrics;

namespace Pentimento.Reports;

/// <summary>
/// Numbers as a reader wants them: a few significant digits, no exponents unless needed, a dash for "undefined".
/// </summary>
internal static class Numbers
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>As in 24.31, 0.00965, 2.97×10⁻⁶; "–" for NaN, "∞" for infinity.</summary>
    public static string Significant(double value, int digits = 4)
    {
        if (double.IsNaN(value)) return "–";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (magnitude is < -5 or > 6)
        {
            var mantissa = value / Math.Pow(10, magnitude);
            return Fixed(mantissa, Math.Max(0, digits - 1)) + "×" + PowerOfTen(magnitude);
        }
        return Fixed(value, Math.Clamp(digits - 1 - magnitude, 0, 12));
    }

    /// <summary>With a number of decimals and a real minus sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value)) return Significant(value);
        var text = value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        return text.StartsWith('-') ? "−" + text[1..] : text;
    }

    /// <summary>The bounds alone, as in "0.762 – 0.861"; empty without bounds.</summary>
    public static string Bounds(Interval interval, Func<double, string> format) =>
        interval.HasBounds ? $"{format(interval.Lower)} – {format(interval.Upper)}" : "";

    /// <summary>A share with three decimals.</summary>
    public static string Share(double value) => Fixed(value, 3);

    /// <summary>As in 61 %, which no line end parts.</summary>
    public static string Percent(double value) => Trim(Significant(100 * value, 3)) + "\u202f%";

    /// <summary>Without zeros at the end of its decimals.</summary>
    public static string Trim(string text) => text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;

    /// <summary>As in "95 % interval".</summary>
    public static string IntervalName(double confidence) => Percent(confidence) + " interval";

    /// <summary>With thin spaces between the thousands.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    public static string PowerOfTen(int exponent) =>
        "10" + (exponent < 0 ? "⁻" : "")
            + string.Concat(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).Select(d => Superscripts[d - '0']));
}
