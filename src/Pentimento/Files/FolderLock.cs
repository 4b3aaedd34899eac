namespace Pentimento.Files;

/// <summary>
/// Keeps a second run out of a folder, on this machine. It is a hidden file that the operating system holds locked and that goes
/// with the lock; when the process is killed, the lock goes without the file.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private const string Name = ".pentimento.lock";
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <exception cref="IOException">Another run has it, or nothing can be written there; one line on the folder.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            return new FolderLock(new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Cannot write into '{folder}': {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new IOException(
                File.Exists(path) ? $"Another run writes into '{folder}'; wait for its end."
                    : $"Cannot write into '{folder}': {AtomicFile.ReasonOf(e, path)}",
                e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
