namespace Pentimento.Benchmarks;

/// <summary>The speed of one workload over the rounds.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Median">Images (or steps) per second, the median round.</param>
/// <param name="Lowest">The slowest round.</param>
/// <param name="Highest">The fastest round.</param>
/// <param name="ResidentBytes">The largest resident memory after a round.</param>
internal sealed record Figure(string Workload, double Median, double Lowest, double Highest, long ResidentBytes)
{
    /// <summary>Measures workloads side by side: one round of each in turn, so that all see the machine in the same moods.</summary>
    public static Figure[] Measure(IReadOnlyList<string> workloads, int rounds, double seconds)
    {
        Worker[] workers = [.. workloads.Select(name => new Worker(name))];
        try
        {
            foreach (var worker in workers) worker.Next(seconds); // warms up
            var seen = workers.Select(_ => new List<Round>()).ToArray();
            for (var round = 0; round < rounds; round++)
                for (var i = 0; i < workers.Length; i++) seen[i].Add(workers[i].Next(seconds));
            return [.. workloads.Select((name, i) => Of(name, seen[i]))];
        }
        finally
        {
            foreach (var worker in workers) worker.Dispose();
        }
    }

    private static Figure Of(string workload, List<Round> rounds)
    {
        double[] speeds = [.. rounds.Select(round => round.Images / round.Seconds).Order()];
        return new Figure(workload, speeds[speeds.Length / 2], speeds[0], speeds[^1], rounds.Max(round => round.ResidentBytes));
    }
}
