namespace Pentimento.Experiments;

/// <summary>
/// What the reference's protocol gets wrong. Each can be reproduced alone; <see cref="None"/> is the corrected protocol.
/// </summary>
[Flags]
public enum ProtocolFaults
{
    /// <summary>The corrected protocol.</summary>
    None = 0,

    /// <summary>The validation loss is summed over validation batches but divided by the number of training batches.</summary>
    ValidationDivisor = 1,

    /// <summary>After the first epoch's validation the network is never put back into training mode.</summary>
    FrozenStatistics = 2,

    /// <summary>The test set of pictures is the whole set, training images included.</summary>
    TestOnAll = 4,

    /// <summary>A loss is the mean of batch means, so that a smaller last batch weighs too much.</summary>
    BatchMeans = 8,

    /// <summary>The detector's threshold is mean + 1 standard deviation of the training images' scores.</summary>
    TrainingThreshold = 16,

    /// <summary>The reference's protocol to the letter.</summary>
    All = ValidationDivisor | FrozenStatistics | TestOnAll | BatchMeans | TrainingThreshold,
}

/// <summary>What each fault does to the figures, in words.</summary>
public static class ProtocolFaultsExplained
{
    private static readonly (ProtocolFaults Fault, string Text)[] s_texts =
    [
        (ProtocolFaults.ValidationDivisor,
            "validation-divisor: the validation loss is summed over the validation batches but divided by the number of " +
            "training batches. That alone makes it look 4 times (Fashion-MNIST) or 8 times (paintings) better than the " +
            "training loss."),
        (ProtocolFaults.FrozenStatistics,
            "frozen-statistics: after the first validation the network stays in evaluation mode, so batch normalisation trains " +
            "on with the statistics of epoch 1."),
        (ProtocolFaults.TestOnAll,
            "test-on-all: on paintings the test loss is taken over the whole set, training images included."),
        (ProtocolFaults.BatchMeans,
            "batch-means: a loss is the mean of batch means, so a smaller last batch weighs as much as a full one."),
        (ProtocolFaults.TrainingThreshold,
            "training-threshold: a picture is called anomalous above mean + 1 standard deviation of the training pictures' " +
            "scores, whatever share of genuine pictures that flags."),
    ];

    /// <summary>One sentence for each fault that is on.</summary>
    public static IEnumerable<string> Explain(this ProtocolFaults faults) =>
        s_texts.Where(t => faults.HasFlag(t.Fault)).Select(t => t.Text);

    /// <summary>Reads names separated by commas, as in "validation-divisor,batch-means"; also "all" and "none".</summary>
    /// <exception cref="ArgumentException">A name is not known.</exception>
    public static ProtocolFaults Parse(string names) =>
        names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(ProtocolFaults.None, (faults, name) => faults | One(name));

    private static ProtocolFaults One(string name) =>
        Enum.GetValues<ProtocolFaults>().Where(fault => NameOf(fault) == name.ToLowerInvariant())
            .Select(fault => (ProtocolFaults?)fault).FirstOrDefault()
        ?? throw new ArgumentException(
            $"The fault '{name}' is not known; there are {string.Join(", ", Enum.GetValues<ProtocolFaults>().Select(NameOf))}.");

    private static string NameOf(ProtocolFaults fault) =>
        string.Concat(fault.ToString().Select((c, i) => $"{(char.IsUpper(c) && i > 0 ? "-" : "")}{char.ToLowerInvariant(c)}"));
}
