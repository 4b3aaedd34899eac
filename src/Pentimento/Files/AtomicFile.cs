using System.Text;

namespace Pentimento.Files;

/// <summary>
/// Files that are whole or absent: everything is written under a temporary name in the same folder, flushed to the disk and
/// renamed, so that a full disk, a crash or Ctrl-C never leaves half a file under its final name. What a killed process leaves
/// under a temporary name (".pentimento-…") is deleted by the next one that writes into the folder.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">
    /// The final name; an existing file is replaced, a folder or a device is refused. Missing folders are created.
    /// </param>
    /// <param name="write">Writes the content; the stream can seek.</param>
    /// <exception cref="IOException">The file cannot be written; the message names <paramref name="path"/>.</exception>
    public static void Write(string path, Action<Stream> write) => WriteNamed(path, temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        write(stream);
    });

    /// <summary>Writes a text file as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The final name; an existing file is replaced.</param>
    /// <param name="text">The content.</param>
    /// <exception cref="IOException">The file cannot be written; the message names <paramref name="path"/>.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file with a library that wants a file name of its own. The temporary name keeps the extension.</summary>
    /// <param name="path">The final name; an existing file is replaced.</param>
    /// <param name="write">Is given the temporary name and creates that file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names <paramref name="path"/>.</exception>
    public static void WriteNamed(string path, Action<string> write) =>
        WriteNamed(path, write, temporary => new FileStream(temporary, FileMode.OpenOrCreate, FileAccess.ReadWrite));

    /// <inheritdoc cref="WriteNamed(string, Action{string})"/>
    /// <param name="path">The final name; an existing file is replaced.</param>
    /// <param name="write">Is given the temporary name and creates that file.</param>
    /// <param name="reopen">Opens what was written, to be flushed: tests watch it.</param>
    internal static void WriteNamed(string path, Action<string> write, Func<string, FileStream> reopen)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full) ?? throw new IOException($"Cannot write '{path}': it is not a file name.");
        if (FileKind.Obstacle(full) is { } obstacle) throw new IOException($"Cannot write '{path}': {obstacle}.");
        var temporary = TemporaryFile.For(full);
        try
        {
            Directory.CreateDirectory(folder);
            TemporaryFile.CleanOnce(folder); // first: on a full disk it makes room
            write(temporary);
            // Whoever wrote it: the name must not be on the disk before the content, or a power cut leaves an empty file.
            using (var written = reopen(temporary)) written.Flush(flushToDisk: true);
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write '{path}': {ReasonOf(e, temporary)}", e); // nobody knows the temporary name
        }
        catch (ArgumentOutOfRangeException e) when (e.Source == typeof(FileStream).Assembly.GetName().Name)
        {
            // What .NET makes of EFBIG: a limit of the file system (4 GB on FAT) or of the process.
            throw new IOException($"Cannot write '{path}': it is larger than files may be there", e);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary); // without its folder, Delete would throw over the error above
        }
    }

    /// <summary>
    /// Deletes what killed processes left of files under temporary names; what a live process of this machine writes stays.
    /// For one who holds the lock of the folder.
    /// </summary>
    /// <param name="paths">The final names; they need not exist.</param>
    public static void DeleteLeftovers(IEnumerable<string> paths)
    {
        foreach (var folder in paths.GroupBy(path => Path.GetDirectoryName(Path.GetFullPath(path))!))
            TemporaryFile.Delete(folder.Key, folder.Select(path => Path.GetFileName(path)));
    }

    /// <summary>The system's words without the name of the file, with which they end.</summary>
    internal static string ReasonOf(Exception error, string path) =>
        error.Message.Replace($" : '{Path.GetFullPath(path)}'", "", StringComparison.Ordinal);

    internal static string TemporaryStart(string name) => TemporaryFile.StartOf(name);
}
