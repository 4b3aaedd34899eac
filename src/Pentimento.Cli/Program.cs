using System.Runtime.InteropServices;
using Pentimento.Cli;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopCleanly);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopCleanly);
return PentimentoCommand.Run(args, Terminal.OfThisProcess(), cancel: stop.Token);

void StopCleanly(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested) return; // the second one ends the process at once
    signal.Cancel = true;
    stop.Cancel();
}
