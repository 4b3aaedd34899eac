using System.CommandLine;
using Pentimento.Inference;

namespace Pentimento.Cli.Verbs;

/// <summary>What verbs have that work on files with a model.</summary>
internal static class InputOptions
{
    public static Argument<string[]> Inputs() => new("input")
    {
        Description = "Files, folders, and patterns such as 'scans/**/*.tif'.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string> Model() =>
        new("--model") { Description = "The model file (.pent).", HelpName = "file", Required = true };

    public static Option<bool> Recursive() => new("--recursive") { Description = "Search folders with their sub-folders." };

    /// <summary>How a run over files ends; what was left out of the inputs is said.</summary>
    public static int EndOf<T>(FileBatchResult<T> result, Terminal terminal) where T : FileResult
    {
        foreach (var line in result.LeftOut.Lines) Failure.Write(terminal, line);
        return CodeOf(result);
    }

    private static int CodeOf<T>(FileBatchResult<T> result) where T : FileResult =>
        result.IsCancelled ? ExitCode.Interrupted
        : result.Failed > 0 || result.LeftOut.Folders.Count > 0 ? ExitCode.BadInput : ExitCode.Done;
}
