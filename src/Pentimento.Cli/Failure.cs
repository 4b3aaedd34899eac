using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pentimento.Files;

namespace Pentimento.Cli;

/// <summary>What went wrong, as one line and an exit code.</summary>
internal static partial class Failure
{
    /// <summary>Set to 1, it shows where an error comes from.</summary>
    public const string TraceVariable = "PENTIMENTO_TRACE";

    /// <summary>Writes the line.</summary>
    public static int Report(Exception error, Terminal terminal, CancellationToken cancel)
    {
        // What keeps a type from being set up, such as too few file handles for a native library, is what there is to tell.
        while (error is TypeInitializationException { InnerException: { } cause }) error = cause;
        if (error is OperationCanceledException && cancel.IsCancellationRequested)
        {
            Write(terminal, "stopped");
            return ExitCode.Interrupted;
        }
        if (IsOfMemory(error))
        {
            Write(terminal, $"there is not enough memory for this: {Message(error)}");
            return ExitCode.Failed;
        }
        var code = CodeOf(error);
        Write(terminal, code is null ? $"unexpected {error.GetType().Name}: {Message(error)} (set {TraceVariable}=1 to see where)"
            : Message(error));
        if (Environment.GetEnvironmentVariable(TraceVariable) is "1") terminal.Error.WriteLine(error);
        return code ?? ExitCode.Failed;
    }

    /// <summary>Writes a line to the error stream, behind the command's name.</summary>
    public static void Write(Terminal terminal, string message) =>
        terminal.Error.WriteLine($"{PentimentoCommand.Name}: {FileName.Printable(message)}");

    /// <summary>The code of an expected error; null for a defect.</summary>
    private static int? CodeOf(Exception error) => error switch
    {
        ArgumentNullException or ArgumentOutOfRangeException or ObjectDisposedException => null,
        ArgumentException or InvalidDataException or FileNotFoundException or DirectoryNotFoundException
            or NotSupportedException => ExitCode.BadInput,
        IOException or UnauthorizedAccessException or InvalidOperationException or OperationCanceledException => ExitCode.Failed,
        _ => null,
    };

    /// <summary>Whether memory ran out: .NET's own, or libtorch's, which is told by its words alone.</summary>
    private static bool IsOfMemory(Exception error) => error is OutOfMemoryException
        || error is ExternalException && (error.Message.Contains("t allocate memory", StringComparison.Ordinal)
            || error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("bad_alloc", StringComparison.Ordinal));

    private static string Message(Exception error) =>
        ParameterName().Replace(error.Message, "").ReplaceLineEndings("\n").Split('\n')[0].Trim();

    [GeneratedRegex(@" \(Parameter '\w+'\)")]
    private static partial Regex ParameterName();
}
