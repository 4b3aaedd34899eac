using System.ComponentModel;
using System.Diagnostics;

namespace Pentimento.Runs;

/// <summary>
/// The process behind a run. A process number alone is used again after a while, so its start time is kept beside it.
/// </summary>
internal readonly record struct RunProcess(string Host, int Id, DateTimeOffset Started)
{
    // A start time is reckoned from the boot time, which moves as the clock is adjusted.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromMinutes(1);

    // Another machine or container cannot be asked. A live run writes every second while it trains, every epoch otherwise.
    private static readonly TimeSpan SilenceOfTheDead = TimeSpan.FromHours(1);

    public static RunProcess Current { get; } = FromThisProcess();

    public bool IsAlive(DateTimeOffset lastSeen, DateTimeOffset now)
    {
        if (Host != Current.Host) return now - lastSeen < SilenceOfTheDead;
        try
        {
            using var process = Process.GetProcessById(Id);
            return !process.HasExited && (process.StartTime.ToUniversalTime() - Started).Duration() < StartTolerance;
        }
        catch (Win32Exception)
        {
            return true; // It is there, and belongs to someone else.
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false; // It is gone, or went while we looked.
        }
    }

    private static RunProcess FromThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return new RunProcess(Environment.MachineName, process.Id, process.StartTime.ToUniversalTime());
    }
}
