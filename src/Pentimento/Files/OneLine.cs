namespace Pentimento.Files;

/// <summary>The message of an error for people, who get one line of it.</summary>
public static class OneLine
{
    /// <summary>
    /// The message on one line: of libtorch's, which go on with a stack trace, the first; of others all lines one behind the other.
    /// </summary>
    public static string Of(Exception error) => error is System.Runtime.InteropServices.ExternalException
        ? error.Message.Split('\n', '\r')[0].Trim() : error.Message.ReplaceLineEndings(" ").Trim();

    /// <inheritdoc cref="Of(Exception)"/>
    /// <param name="error">The error.</param>
    /// <param name="path">A file that the message names; lines in its name are no lines of the message.</param>
    public static string Of(Exception error, string path) =>
        Of(new InvalidDataException(error.Message.Replace(path, FileName.Printable(path), StringComparison.Ordinal), error));
}
