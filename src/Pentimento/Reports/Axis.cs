namespace Pentimento.Reports;

/// <summary>One axis of a chart: a range, linear or logarithmic, with its ticks.</summary>
internal sealed class Axis
{
    private readonly double _min, _max;
    private readonly bool _log;
    private readonly int _exponent;

    private Axis(string title, double min, double max, bool log, IReadOnlyList<double> ticks, int exponent)
    {
        (_min, _max, _log, _exponent, Ticks) = (min, max, log, exponent, ticks);
        Title = exponent == 0 ? title : $"{title} (×{Numbers.PowerOfTen(exponent)})";
    }

    /// <summary>What is measured, with the power of ten taken out of the tick labels.</summary>
    public string Title { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A linear axis over a range, widened to whole ticks where asked.</summary>
    public static Axis Linear(string title, double min, double max, int ticks = 5, bool whole = false, bool widen = false)
    {
        if (!(max > min)) (min, max) = (min - Math.Max(Math.Abs(min) * 0.1, 1e-12), min + Math.Max(Math.Abs(min) * 0.1, 1e-12));
        var step = NiceStep((max - min) / ticks);
        if (whole) step = Math.Max(1, Math.Round(step));
        if (widen) (min, max) = (Math.Floor(min / step + 1e-9) * step, Math.Ceiling(max / step - 1e-9) * step);
        List<double> places = [];
        for (var k = Math.Ceiling(min / step - 1e-9); k * step <= max + step * 1e-9; k++) places.Add(k * step);
        var largest = Math.Max(Math.Abs(min), Math.Abs(max));
        var exponent = largest is < 0.01 or >= 1e5 ? (int)Math.Floor(Math.Log10(largest)) : 0;
        return new Axis(title, min, max, false, places, exponent);
    }

    /// <summary>A logarithmic axis over a positive range.</summary>
    public static Axis Logarithmic(string title, double min, double max)
    {
        if (!(max > min)) (min, max) = (min * 0.8, min * 1.25);
        var decades = Math.Log10(max / min);
        double[] within = decades > 3.5 ? [1] : decades > 2.2 ? [1, 3] : decades > 1.2 ? [1, 2, 5] : [1, 2, 3, 5, 7];
        List<double> places = [];
        for (var e = (int)Math.Floor(Math.Log10(min)); e <= Math.Log10(max); e++)
            foreach (var m in within)
                if (m * Math.Pow(10, e) is var tick && tick >= min * 0.999 && tick <= max * 1.001) places.Add(tick);
        if (places.Count < 2) return new Axis(title, min, max, true, Linear(title, min, max).Ticks, 0);
        var exponent = max < 0.01 && decades <= 1.2 ? (int)Math.Floor(Math.Log10(max)) : 0;
        return new Axis(title, min, max, true, places, exponent);
    }

    /// <summary>Where a value lies, 0 to 1; beyond the range it sticks to the end.</summary>
    public double Place(double value) => Math.Clamp(
        _log ? Math.Log(Math.Max(value, _min) / _min) / Math.Log(_max / _min) : (value - _min) / (_max - _min), 0, 1);

    public string Label(double tick)
    {
        var scaled = tick / Math.Pow(10, _exponent);
        if (scaled == 0 || Math.Abs(scaled) < 1e-12) return "0";
        if (_log && _exponent == 0 && Math.Abs(tick) < 0.001)
        {
            var power = (int)Math.Floor(Math.Log10(tick) + 1e-9);
            var lead = Math.Round(tick / Math.Pow(10, power), 1);
            return lead == 1 ? Numbers.PowerOfTen(power) : $"{Numbers.Trim(Numbers.Fixed(lead, 1))}×{Numbers.PowerOfTen(power)}";
        }
        return Numbers.Trim(Numbers.Fixed(scaled, 6));
    }

    private static double NiceStep(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var lead = rough / power;
        return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
    }
}
