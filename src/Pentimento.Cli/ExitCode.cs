namespace Pentimento.Cli;

/// <summary>What the command ends with. Part of its interface: the help lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, BadInput = 2, Interrupted = 130;

    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "done"),
        (Failed, "failed: training diverged, a full disk, a defect"),
        (BadInput, "wrong usage or bad input; with several files, at least one failed"),
        (Interrupted, "stopped by Ctrl-C; what is finished is kept"),
    ];
}
