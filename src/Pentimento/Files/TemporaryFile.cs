using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Pentimento.Files;

/// <summary>
/// Names of files that are being written, as in ".pentimento-" + 16 digits for the final name + "-" + 8 digits for the machine,
/// 8 for the process and 16 by chance + the final extension. By them a later process knows what a killed one has left behind,
/// from what a live one is writing at the moment.
/// </summary>
internal static partial class TemporaryFile
{
    private const string StartOfAll = ".pentimento-";

    // A process is started a little before the first file that it writes; clocks of file systems are coarse.
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(2);

    // Another machine or container that shares the folder cannot be asked; no write takes this long without a sign of life.
    private static readonly TimeSpan s_silenceOfTheDead = TimeSpan.FromDays(1);
    private static readonly string s_host = HostOf(Environment.MachineName, ProcessNamespace());
    private static readonly ConcurrentDictionary<string, bool> s_cleaned = new(StringComparer.Ordinal);

    /// <summary>A new name in the folder of a file.</summary>
    /// <param name="path">The final name, as a full path.</param>
    public static string For(string path) => Path.Combine(
        Path.GetDirectoryName(path)!,
        $"{StartOf(Path.GetFileName(path))}{s_host}{Environment.ProcessId:x8}{RandomNumberGenerator.GetHexString(16, lowercase: true)}"
            + Path.GetExtension(path));

    /// <summary>How the names of one file begin: by a hash, so that they fit beside the longest name.</summary>
    public static string StartOf(string name) => $"{StartOfAll}{FileName.Hash(name)}-";

    /// <summary>
    /// Deletes what dead processes have left in a folder, once for each folder and process; what cannot be deleted stays.
    /// </summary>
    public static void CleanOnce(string folder)
    {
        if (!s_cleaned.TryAdd(folder, true)) return;
        try
        {
            Delete(folder, (_, file, writer) => IsDead(file, writer) ?? IsSilent(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whatever hinders the deletion is no reason not to write.
        }
    }

    /// <summary>
    /// Deletes what killed processes have left of some files of a folder, also such of other machines: for one who holds the
    /// folder's lock, so that only live processes of this machine may be writing there still.
    /// </summary>
    /// <param name="folder">Need not exist.</param>
    /// <param name="names">The final names.</param>
    public static void Delete(string folder, IEnumerable<string> names)
    {
        var starts = names.Select(StartOf).ToHashSet(StringComparer.Ordinal);
        Delete(folder, (start, file, writer) => starts.Contains(start) && (IsDead(file, writer) ?? true));
    }

    private static void Delete(string folder, Func<string, FileInfo, string, bool> isLeft)
    {
        if (!Directory.Exists(folder)) return;
        var hidden = new EnumerationOptions { AttributesToSkip = 0 };
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles(StartOfAll + "*", hidden))
            if (Shape().Match(file.Name) is { Success: true } match
                && isLeft(match.Groups["start"].Value, file, match.Groups["writer"].Value)) file.Delete();
    }

    /// <summary>Whether the process that writes a file is gone; null where that cannot be asked.</summary>
    /// <param name="file">What it writes.</param>
    /// <param name="writer">Machine and process, from the name.</param>
    private static bool? IsDead(FileInfo file, string writer)
    {
        if (!writer.StartsWith(s_host, StringComparison.Ordinal)) return null;
        try
        {
            var id = int.Parse(writer.AsSpan(s_host.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            using var process = Process.GetProcessById(id);
            // Numbers are used again: a process that began after the last write is another one.
            return file.LastWriteTimeUtc < process.StartTime.ToUniversalTime() - s_clockTolerance;
        }
        catch (Win32Exception)
        {
            return false; // It is there, and belongs to someone else.
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            return true; // It is gone, or went while we looked.
        }
    }

    private static bool IsSilent(FileInfo file) =>
        TimeProvider.System.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > s_silenceOfTheDead;

    private static string HostOf(string machine, string processes) => FileName.Hash($"{machine}\n{processes}")[..8];

    /// <summary>On Linux, containers of one name may count their processes each for itself.</summary>
    private static string ProcessNamespace()
    {
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo("/proc/self/ns/pid").LinkTarget ?? "" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"^(?<start>\.pentimento-[0-9a-f]{16}-)(?<writer>[0-9a-f]{16})[0-9a-f]{16}(\.[^.]*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
