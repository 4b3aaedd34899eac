using System.Runtime.InteropServices;
using Pentimento.Cli;
using Pentimento.Numerics;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopCleanly);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopCleanly);
var terminal = Terminal.OfThisProcess();
var code = PentimentoCommand.Run(args, terminal, cancel: stop.Token);
try
{
    if (Machine.TakeRemark() is { } remark) terminal.Error.WriteLine(remark);
}
catch (TypeInitializationException)
{
    // The command has said already what could not be loaded.
}
return code;

void StopCleanly(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested) return; // the second one ends the process at once
    signal.Cancel = true;
    stop.Cancel();
}
