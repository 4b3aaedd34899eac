using System.Globalization;
using Pentimento.Files;

namespace Pentimento.Fuzz;

/// <summary>Runs cases one after the other, until it is ended from outside.</summary>
internal static class Child
{
    private const string Findings = "findings";

    /// <summary>Where the child says which case it is at.</summary>
    public static string CasePath(string folder) => Path.Combine(folder, "case");

    /// <summary>Runs without end.</summary>
    public static int Run(string folder, int seed, int from, string? only)
    {
        var work = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName;
        var readers = Readers.All(work).Where(reader => only is null || reader.Name.Contains(only, StringComparison.Ordinal)).ToArray();
        if (readers.Length == 0) throw new ArgumentException($"There is no reader '{only}'.");
        foreach (var reader in readers)
            if (Complaint(reader, work, reader.Valid) is { } fault)
                throw new InvalidOperationException($"{reader.Name}, not mutated: {fault}");
        for (var index = from; ; index++)
        {
            var reader = readers[index % readers.Length];
            File.WriteAllText(CasePath(folder) + "~", string.Create(CultureInfo.InvariantCulture, $"{index} {reader.Name}"));
            File.Move(CasePath(folder) + "~", CasePath(folder), overwrite: true);
            var bytes = reader.Mutated(seed, index);
            if (Complaint(reader, work, bytes) is { } complaint)
                Keep(Path.Combine(folder, Findings), reader, bytes, seed, index, complaint);
        }
    }

    /// <summary>Reads one file that was found, with the reader that its name says.</summary>
    public static int Repeat(string file)
    {
        var work = Directory.CreateTempSubdirectory("pentimento-fuzz-");
        try
        {
            var reader = Readers.All(work.FullName).First(r => Path.GetFileName(file).StartsWith($"{r.Name}-", StringComparison.Ordinal));
            var complaint = Complaint(reader, work.FullName, File.ReadAllBytes(file));
            Console.WriteLine(complaint ?? "it ends as it should");
            return complaint is null ? 0 : 1;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    /// <summary>Writes a finding: the file, and beside it why.</summary>
    public static void Keep(string folder, Reader reader, byte[] bytes, int seed, int index, string complaint)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{reader.Name}-{seed}-{index}{Path.GetExtension(reader.File)}");
        File.WriteAllBytes(path, bytes);
        File.WriteAllText(path + ".txt", complaint + "\n");
        Console.WriteLine($"{Path.GetFileName(path)}: {complaint.Split('\n')[0]}");
    }

    /// <summary>Brings what the children have found to where it is wanted.</summary>
    public static int MoveFindings(string folder, string to, int seed)
    {
        var from = Path.Combine(folder, Findings);
        if (!Directory.Exists(from)) return 0;
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        return Directory.EnumerateFiles(from, $"*-{seed}-*.txt").Count();
    }

    /// <summary>What is wrong with how a reader ends; null where nothing is.</summary>
    private static string? Complaint(Reader reader, string work, byte[] bytes)
    {
        var path = Path.Combine(work, reader.File);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        try
        {
            reader.Read(path);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return e.Message.AsSpan().IndexOfAny('\n', '\r') >= 0 ? $"several lines: {e}"
                : e.Message.Contains('\0') ? $"a zero character: {OneLine.Of(e)}" : null;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e}";
        }
    }
}
