using System.Globalization;
using System.Text.RegularExpressions;

namespace Pentimento.Imaging;

/// <summary>
/// How severe a warning of libjpeg is. It has one level for all that is wrong with a file, and tells only the first: strictly, any
/// warning is an error. What viewers show without a flaw is passed over, with a remark.
/// </summary>
internal static partial class JpegWarning
{
    // Where code words are damaged, decoding ends early, and more than that is left over.
    private const int MostStray = 64;

    /// <summary>What a remark says of a warning that may be passed over; null where pixels are damaged.</summary>
    public static string? Remark(InvalidDataException failure)
    {
        if (failure.InnerException is not DecodingFailure { Message: var cause }) return null;
        if (StrayBytes().Match(cause) is { Success: true } stray)
            return int.Parse(stray.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) <= MostStray
                ? $"{stray.Groups["count"].Value} stray bytes in its data were passed over" : null;
        return Harmless().Match(cause) is { Success: true } harmless ? $"libjpeg warns: {harmless.Value}; this was passed over" : null;
    }

    [GeneratedRegex("(?<count>[0-9]{1,6}) extraneous bytes before marker")]
    private static partial Regex StrayBytes();

    [GeneratedRegex("Invalid SOS parameters for sequential JPEG|Unknown Adobe color transform code [0-9]+|"
        + "unknown JFIF revision number [0-9.]+|bogus ICC data|Corrupt JPEG data: bad ICC marker", RegexOptions.IgnoreCase)]
    private static partial Regex Harmless();
}
