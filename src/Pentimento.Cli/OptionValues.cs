using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using Pentimento.Imaging;
using Pentimento.Training;

namespace Pentimento.Cli;

/// <summary>Option values that are more than a number or a word.</summary>
internal static partial class OptionValues
{
    /// <summary>An option that takes one of a few words.</summary>
    public static Option<T> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
    {
        var words = choices.Select(c => c.Word).ToArray();
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result => One(
                result, words.Contains(Token(result)) ? choices.First(c => c.Word == Token(result)).Value : default,
                words.Contains(Token(result)), string.Join(", ", words)),
        };
        option.CompletionSources.Clear(); // an enum's own names
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>An option that takes a share: 5% or 0.05.</summary>
    public static Option<double?> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "share",
        CustomParser = result => One(result, ParseShare(Token(result)), ParseShare(Token(result)) is not null,
            "a share such as 5% or 0.05"),
    };

    /// <summary>An option that takes shares: 5% or 0.05.</summary>
    public static Option<double[]> Shares(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "share",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            double?[] shares = [.. result.Tokens.Select(token => ParseShare(token.Value))];
            var wrong = Array.FindIndex(shares, share => share is null);
            if (wrong >= 0) result.AddError(Numbers.Fault(name, result.Tokens[wrong].Value, "shares such as 5% or 0.05"));
            return [.. shares.Select(share => share ?? 0)];
        },
    };

    /// <summary>An option that takes a number of bytes: 1.5GB or 800MB.</summary>
    public static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "size",
        CustomParser = result => One(result, ParseBytes(Token(result)), ParseBytes(Token(result)) is not null,
            "a size such as 1.5GB, 800MB or 1GiB"),
    };

    /// <summary>An option that takes a mix of losses.</summary>
    public static Option<LossWeights?> Loss(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "mix",
        CustomParser = result => One(result, ParseLoss(Token(result)), ParseLoss(Token(result)) is not null,
            "a mix of mse, l1, ssim, psnr and colour, as in mse or mse+0.5*ssim"),
    };

    /// <summary>An option that takes settings of an architecture: a=16 b=8.</summary>
    public static Option<string[]> Settings(string description) => Checked(
        new Option<string[]>("--set")
        {
            Description = description,
            HelpName = "name=number",
            AllowMultipleArgumentsPerToken = true,
        }, texts => Settings(texts));

    /// <summary>Has an option's text read while the command line is, so that what is wrong with it is said before any work.</summary>
    /// <param name="option">It.</param>
    /// <param name="read">Throws <see cref="ArgumentException"/> or <see cref="FormatException"/> for what cannot be read.</param>
    /// <returns>The option itself.</returns>
    public static Option<T> Checked<T>(Option<T> option, Action<IEnumerable<string>> read)
    {
        option.Validators.Add(result =>
        {
            try
            {
                read(result.Tokens.Select(token => token.Value));
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                result.AddError($"{option.Name}: {e.Message}");
            }
        });
        return option;
    }

    /// <summary>The kinds of noise with their numbers, as in "gaussian(σ)".</summary>
    public static string NoiseKinds => string.Join(", ", Imaging.Noise.Kinds);

    /// <summary>An option that takes noise: a number, a range, or kinds.</summary>
    public static Option<Noise?> Noise(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "noise",
        CustomParser = result =>
        {
            try
            {
                var noise = ParseNoise(Token(result));
                foreach (var fault in noise.Faults) result.AddError($"{name} is '{Token(result)}': {fault}.");
                return noise;
            }
            catch (FormatException e)
            {
                result.AddError($"{name}: {e.Message}");
                return null;
            }
        },
    };

    /// <summary>0.2 and 0-0.5 are clipped Gaussian noise; else it is noise as <see cref="Imaging.Noise.Parse"/> reads it.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static Noise ParseNoise(string text)
    {
        if (LevelRange.Parse(text) is { } level) return new GaussianNoise(level);
        if (LevelRange.Parse(text.Replace(',', '.')) is not null)
            throw new FormatException($"'{text}' has a comma; decimals have a point: write {text.Replace(',', '.')}.");
        return Imaging.Noise.Parse(text);
    }

    /// <summary>5% or 0.05; null for anything else.</summary>
    public static double? ParseShare(string text)
    {
        var percent = text.EndsWith('%');
        return Numbers.ParseReal(percent ? text[..^1] : text) is { } value ? percent ? value / 100 : value : null;
    }

    /// <summary>As in 1.5GB (thousands) or 1GiB (powers of 1024); null for anything else.</summary>
    public static long? ParseBytes(string text)
    {
        (string Unit, double Bytes)[] units =
        [
            ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
            ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1),
        ];
        var (unit, bytes) = units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        return bytes > 0 && Numbers.ParseReal(text[..^unit.Length].TrimEnd()) is { } number
            && number > 0 && number * bytes < long.MaxValue ? (long)(number * bytes) : null;
    }

    /// <summary>As in mse+0.5*ssim; null for anything else.</summary>
    public static LossWeights? ParseLoss(string text)
    {
        var weights = new Dictionary<string, double>();
        foreach (var term in text.ToLowerInvariant().Split('+'))
        {
            var match = LossTerm().Match(term.Trim());
            if (!match.Success) return null;
            var weight = match.Groups["weight"].Success ? Numbers.ParseReal(match.Groups["weight"].Value) : 1;
            if (weight is null || !weights.TryAdd(match.Groups["name"].Value, weight.Value)) return null;
        }
        return new LossWeights(weights.GetValueOrDefault("mse"), weights.GetValueOrDefault("l1"),
            weights.GetValueOrDefault("ssim"), weights.GetValueOrDefault("psnr"), weights.GetValueOrDefault("colour"));
    }

    /// <summary>As in a=16 b=8.</summary>
    /// <exception cref="ArgumentException">One is not of this form, or a name stands twice.</exception>
    public static IReadOnlyDictionary<string, int> Settings(IEnumerable<string> texts)
    {
        var settings = new Dictionary<string, int>();
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2);
            if (parts.Length < 2 || Numbers.ParseInt32(parts[1]) is not { } value)
                throw new ArgumentException($"'{text}' is no setting of an architecture; write name=number, as in --set a=16.");
            if (!settings.TryAdd(parts[0], value)) throw new ArgumentException($"The setting '{parts[0]}' is given twice.");
        }
        return settings;
    }

    /// <summary>As in 256 or 240x320 (height and width).</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static (int Height, int Width) Size(string text)
    {
        var sides = text.ToLowerInvariant().Split('x', '×');
        if (sides.Length is 1 or 2 && sides.All(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return (int.Parse(sides[0], CultureInfo.InvariantCulture), int.Parse(sides[^1], CultureInfo.InvariantCulture));
        throw new ArgumentException($"'{text}' is no size; write 256, or height and width as in 240x320.");
    }

    private static string Token(ArgumentResult result) => result.Tokens[0].Value;

    private static T? One<T>(ArgumentResult result, T? value, bool holds, string expected)
    {
        if (holds) return value;
        var option = (result.Parent as OptionResult)?.Option.Name;
        result.AddError(Numbers.Fault(option, Token(result), expected));
        return default;
    }

    [GeneratedRegex(@"^((?<weight>\d+(\.\d+)?|\.\d+)\s*\*\s*)?(?<name>mse|l1|ssim|psnr|colour)$")]
    private static partial Regex LossTerm();
}
