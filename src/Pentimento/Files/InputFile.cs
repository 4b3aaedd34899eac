namespace Pentimento.Files;

/// <summary>
/// Opens the files that programs are given. What is no file (a pipe, a socket, a device, or a link to one) is refused before it
/// is opened, for opening or reading it may never end.
/// </summary>
public static class InputFile
{
    /// <summary>Refuses what is no file; what does not exist is left to the one who opens it.</summary>
    /// <param name="path">The file, as it was named.</param>
    /// <exception cref="InvalidDataException">
    /// It is a pipe, a socket, a device or a folder, or its name is not UTF-8; the message names it.
    /// </exception>
    public static void Check(string path)
    {
        if (FileName.Fault(path) is { } fault) throw new InvalidDataException($"{path}: {fault}");
        if (FileKind.Unreadable(path) is { } kind) throw new InvalidDataException($"{path}: {kind}, not a file");
    }

    /// <summary>Opens a file for reading; the caller disposes the stream, which can seek.</summary>
    /// <inheritdoc cref="Check"/>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream OpenRead(string path)
    {
        Check(path);
        return File.OpenRead(path);
    }

    /// <summary>The content of a file.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static byte[] ReadAllBytes(string path)
    {
        Check(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>The content of a text file in UTF-8, or as its byte order mark says.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static string ReadAllText(string path)
    {
        Check(path);
        return File.ReadAllText(path);
    }
}
