using static TorchSharp.torch;

namespace Pentimento.Data;

/// <summary>How a <see cref="BatchLoader"/> forms batches.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Images per batch, from 1. The default value is 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// A new random order in every epoch, and new patches where the dataset gives any. The default value is false: the order of
    /// the indices.
    /// </summary>
    public bool Shuffle { get; init; }

    /// <summary>Together with the number of the epoch it determines the order. The default value is 0.</summary>
    public long Seed { get; init; }

    /// <summary>Leave out a last batch that is not full. The default value is false.</summary>
    public bool DropLast { get; init; }

    /// <summary>
    /// Threads that put batches together ahead of their use, up to 64; with 0, each is put together when it is asked for. The
    /// default value is null: 0 when the dataset's images are kept in memory and the batches stay on the CPU (handing one from
    /// thread to thread would take longer than making it), else one for each core.
    /// </summary>
    public int? Workers { get; init; }

    /// <summary>
    /// Batches made ahead of their use take at most about this many bytes, of <see cref="Device"/>'s memory (but one batch always is).
    /// The default value is 512 MiB.
    /// </summary>
    public long MemoryBudget { get; init; } = 512L << 20;

    /// <summary>
    /// Where batches go, by those who put them together. The default value is null: they stay on the CPU.
    /// </summary>
    public Device? Device { get; init; }

    internal void Validate()
    {
        var faults = new List<string>();
        if (BatchSize < 1) faults.Add($"BatchSize is {BatchSize}; it must be 1 or more.");
        if (Workers is < 0 or > 64) faults.Add($"Workers is {Workers}; it must be from 0 to 64.");
        if (MemoryBudget < 0) faults.Add($"MemoryBudget is {MemoryBudget}; it must be 0 or more.");
        if (faults.Count > 0) throw new ArgumentException(string.Join(' ', faults));
    }
}
