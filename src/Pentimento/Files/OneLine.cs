using System.Runtime.InteropServices;

namespace Pentimento.Files;

/// <summary>The message of an error for people, who get one line of it.</summary>
public static class OneLine
{
    /// <summary>
    /// The message on one line: of libtorch's, which go on with a stack trace, the first; of others all lines one behind the other.
    /// Other control characters, which damaged files bring in, are spelled out (<see cref="FileName.Printable"/>).
    /// </summary>
    public static string Of(Exception error) => Of(TextOf(error));

    /// <inheritdoc cref="Of(Exception)"/>
    /// <param name="error">The error.</param>
    /// <param name="path">A file that the message names; lines in its name are no lines of the message.</param>
    public static string Of(Exception error, string path) =>
        Of(TextOf(error).Replace(path, FileName.Printable(path), StringComparison.Ordinal));

    /// <summary>A text on one line, without control characters.</summary>
    public static string Of(string text) => FileName.Printable(text.ReplaceLineEndings(" ").Trim());

    private static string TextOf(Exception error) =>
        error is ExternalException ? error.Message.Split('\n', '\r')[0] : error.Message;
}
