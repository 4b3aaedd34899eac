namespace Pentimento.Metrics;

/// <summary>What the metrics ask of their arguments.</summary>
internal static class Require
{
    public static void Finite(ReadOnlySpan<double> values, string name)
    {
        for (var i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"Value {i} of {values.Length} is {values[i]}; it has to be finite.", name);
    }

    public static void NotEmpty(int length, string name)
    {
        if (length == 0) throw new ArgumentException("There are no values; at least one is needed.", name);
    }

    public static void SameLength(int expected, int actual, string name)
    {
        if (expected != actual)
            throw new ArgumentException($"There are {expected} samples but {actual} values of '{name}'.", name);
    }

    public static void BothClasses(ReadOnlySpan<bool> positive, string name)
    {
        var positives = positive.Count(true);
        if (positives == 0 || positives == positive.Length)
            throw new ArgumentException($"Of {positive.Length} samples {positives} are positive; both classes are needed.", name);
    }

    public static void OpenUnit(double value, string what, string name)
    {
        if (!(value > 0 && value < 1)) throw new ArgumentException($"The {what} {value} is not between 0 and 1.", name);
    }
}
