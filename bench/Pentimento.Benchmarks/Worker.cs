using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Pentimento.Benchmarks;

/// <summary>What one round took.</summary>
/// <param name="Images">Images that went through.</param>
/// <param name="Seconds">The time they took.</param>
/// <param name="ResidentBytes">The process's resident memory afterwards.</param>
internal sealed record Round(long Images, double Seconds, long ResidentBytes);

/// <summary>
/// A process that does one workload, round by round, when told to. Each workload has its own, so that none profits or suffers
/// from another's memory, thread or library settings.
/// </summary>
internal sealed class Worker : IDisposable
{
    private readonly Process _process;

    public Worker(string workload)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(Worker).Assembly.Location);
        start.Environment.Remove("GOMP_SPINCOUNT"); // this process has set it for itself; the plain loop must do without
        start.ArgumentList.Add("worker");
        start.ArgumentList.Add(workload);
        _process = Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
    }

    /// <summary>Runs one round; the first one warms up and finds out how many steps take about the asked time.</summary>
    public Round Next(double seconds)
    {
        _process.StandardInput.WriteLine(seconds.ToString(CultureInfo.InvariantCulture));
        var line = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("The worker ended; its message stands above.");
        return JsonSerializer.Deserialize<Round>(line)!;
    }

    /// <summary>The other side: runs rounds until its input ends.</summary>
    public static void Serve(Workload workload)
    {
        var steps = 0;
        while (Console.ReadLine() is { } line)
        {
            var seconds = double.Parse(line, CultureInfo.InvariantCulture);
            if (steps == 0)
            {
                workload.Run(1); // the first step may also choose a form to compute in, and takes longer than any other
                var one = Time(workload, 1);
                if (one < seconds)
                {
                    workload.Run(2);
                    one = Time(workload, 3) / 3;
                }
                steps = Math.Max(1, (int)Math.Round(seconds / one));
            }
            var took = Time(workload, steps);
            using var process = Process.GetCurrentProcess();
            Console.WriteLine(JsonSerializer.Serialize(
                new Round((long)steps * workload.BatchSize, took, process.WorkingSet64)));
        }
        workload.Dispose();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }

    private static double Time(Workload workload, int steps)
    {
        var start = Stopwatch.GetTimestamp();
        workload.Run(steps);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
