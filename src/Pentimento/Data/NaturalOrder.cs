namespace Pentimento.Data;

/// <summary>
/// The order people give to names: runs of digits compare as numbers, the rest by code unit ("2.png" before "10.png").
/// </summary>
public sealed class NaturalOrder : IComparer<string>
{
    /// <summary>The one comparer.</summary>
    public static NaturalOrder Comparer { get; } = new();

    /// <summary>Less than, equal to or greater than zero; zero only for equal names, whatever the machine's culture.</summary>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null) return string.CompareOrdinal(x, y);
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
            {
                var a = Digits(x, ref i);
                var b = Digits(y, ref j);
                var byValue = a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.SequenceCompareTo(b);
                if (byValue != 0) return byValue;
            }
            else if (x[i] != y[j]) return x[i].CompareTo(y[j]);
            else (i, j) = (i + 1, j + 1);
        }
        var byRest = (x.Length - i).CompareTo(y.Length - j);
        return byRest != 0 ? byRest : string.CompareOrdinal(x, y);
    }

    // The run of digits that starts here, without leading zeros.
    private static ReadOnlySpan<char> Digits(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position])) position++;
        return text.AsSpan(start, position - start).TrimStart('0');
    }
}
