using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pentimento.Detection;

/// <summary>
/// How many patches a memory bank keeps: a number, a share of the normal patches (the coreset sampling ratio of PatchCore), or as
/// many
/// as a budget of memory holds. A number and a share can be given a budget too, which they must not exceed.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed record BankSize
{
    /// <summary>The patches of a bank where nothing is said.</summary>
    public const int Default = 6000;

    /// <summary>How many, 1 or more; null where <see cref="Share"/> or <see cref="Memory"/> says it.</summary>
    public int? Patches { get; init; }

    /// <summary>The share of the normal patches that is kept, above 0 to 1; null for none.</summary>
    public double? Share { get; init; }

    /// <summary>
    /// The most bytes that the bank may take (<see cref="MemoryBank.BytesOf"/>): while scoring, and about as much as a file.
    /// Building
    /// it takes more. Null for no limit.
    /// </summary>
    public long? Memory { get; init; }

    /// <summary>A number of patches.</summary>
    public static implicit operator BankSize(int patches) => new() { Patches = patches };

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentException">A number is out of range, or there are both a number and a share.</exception>
    public void ThrowIfInvalid()
    {
        if (Patches < 1) throw new ArgumentException($"The bank size is {Patches}; it must be 1 or more.");
        if (Share is { } share && share is not (> 0 and <= 1))
            throw new ArgumentException($"The share of the patches that a bank keeps is {share}; it must be above 0, and at " +
                "most 1.");
        if (Memory < 1) throw new ArgumentException($"The memory of a bank is {Memory} bytes; it must be 1 or more.");
        if (Patches is not null && Share is not null)
            throw new ArgumentException("A bank has either a number of patches or a share of them, not both.");
    }

    /// <summary>How many patches are kept.</summary>
    /// <param name="patches">How many there are, 1 or more.</param>
    /// <param name="dimensions">The values of a patch.</param>
    /// <exception cref="ArgumentException">They do not fit the memory.</exception>
    public int Count(long patches, long dimensions)
    {
        var most = (int)Math.Min(patches, MemoryBank.LargestCount);
        if (Patches is null && Share is null && Memory is { } budget) return LargestWithin(budget, most, dimensions);
        var count = Share is { } share ? (int)Math.Clamp(Math.Round(share * patches), 1, most)
            : Math.Min(Patches ?? Default, most);
        if (Memory is { } limit && MemoryBank.BytesOf(count, dimensions) is var bytes && bytes > limit)
            throw new ArgumentException(
                $"A memory bank of {count:N0} patches of {dimensions:N0} values takes {Text(bytes)}, more than the " +
                $"{Text(limit)} allowed.");
        return count;
    }

    /// <summary>As in "1.5 GB"; thousand megabytes are a gigabyte.</summary>
    public static string Text(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
    };

    private static int LargestWithin(long budget, int most, long dimensions)
    {
        bool Fits(long count) => MemoryBank.BytesOf(count, dimensions) <= budget;
        // A bank that is searched whole keeps more bytes a patch than a larger one: each kind rises by itself.
        foreach (var (from, to) in new[] { (MemoryBank.LargestExact + 1, most), (1, Math.Min(most, MemoryBank.LargestExact)) })
        {
            if (from > to || !Fits(from)) continue;
            var (low, high) = (from, to);
            while (low < high)
            {
                var middle = low + (high - low + 1) / 2;
                (low, high) = Fits(middle) ? (middle, high) : (low, middle - 1);
            }
            return low;
        }
        throw new ArgumentException(
            $"No memory bank fits into {Text(budget)}: one patch of {dimensions:N0} values takes " +
            $"{Text(MemoryBank.BytesOf(1, dimensions))}.");
    }

    /// <summary>A plain number stands for <see cref="Patches"/>, as models and runs from before have it.</summary>
    private sealed class Converter : JsonConverter<BankSize>
    {
        public override BankSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number) return reader.GetInt32();
            var parts = JsonSerializer.Deserialize<Parts>(ref reader, options)
                ?? throw new JsonException("The bank size is empty.");
            return new BankSize { Patches = parts.Patches, Share = parts.Share, Memory = parts.Memory };
        }

        public override void Write(Utf8JsonWriter writer, BankSize value, JsonSerializerOptions options)
        {
            if (value is { Patches: { } patches, Memory: null }) writer.WriteNumberValue(patches);
            else JsonSerializer.Serialize(writer, new Parts(value.Patches, value.Share, value.Memory), options);
        }

        private sealed record Parts(int? Patches, double? Share, long? Memory);
    }
}

/// <summary>A memory bank in figures.</summary>
/// <param name="Kept">How many patches it keeps.</param>
/// <param name="Seen">Of how many of the normal images.</param>
/// <param name="Bytes">What it takes in memory.</param>
public sealed record BankFacts(int Kept, long Seen, long Bytes)
{
    /// <summary>As in "6,000 of 214,016 patches (2.8 %), 18.4 MB".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kept:N0} of {Seen:N0} patches ({100.0 * Kept / Seen:0.##} %), {BankSize.Text(Bytes)}");
}
