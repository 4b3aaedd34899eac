namespace Pentimento.Files;

/// <summary>
/// Keeps a second run out of a folder, on this machine. It is a hidden file that the operating system holds locked and that goes
/// with the lock; when the process is killed, the lock goes without the file.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private const string Name = ".pentimento.lock";
    private readonly FileStream _file;
    private string? _made;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Makes a folder where there is none, and takes its lock. What stays empty is taken away with the lock.</summary>
    /// <param name="folder">Need not exist.</param>
    /// <exception cref="IOException">It cannot be made, another run has the lock, or nothing can be written there.</exception>
    public static FolderLock Make(string folder)
    {
        var exists = Directory.Exists(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder '{folder}' cannot be made: {e.Message}", e);
        }
        var taken = Take(folder);
        if (!exists) taken._made = Path.GetFullPath(folder);
        return taken;
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <exception cref="IOException">Another run has it, or nothing can be written there; one line on the folder.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (FileKind.Obstacle(Path.GetFullPath(path)) is { } obstacle)
            throw new IOException($"Cannot write into '{folder}': of its file {Name}, {obstacle}.");
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
    public void Dispose()
    {
        _file.Dispose();
        if (_made is null) return;
        try
        {
            Directory.Delete(_made); // fails where something is in it, as it should
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something was written.
        }
        _made = null;
    }
}
