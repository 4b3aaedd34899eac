namespace Pentimento.Mutations;

/// <summary>A fault that an expert would make or that was made elsewhere, and that no test noticed when it was first planted.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="File">Below src/Pentimento.</param>
/// <param name="Find">What stands there; once in the file.</param>
/// <param name="Replace">What stands there instead; empty leaves the statement out.</param>
internal sealed record NamedFault(string Name, string File, string Find, string Replace)
{
    /// <summary>All of them. One whose place is no longer found is an error: it moves with the code.</summary>
    public static readonly NamedFault[] All =
    [
        new("no flush to the disk before the rename", "Files/AtomicFile.cs", "written.Flush(flushToDisk: true);", ""),
        new("mirrored borders replicated", "Imaging/MirroredBorder.cs",
            "(place % period + period) % period", "place < 0 ? 0 : length - 1"),
        new("mirrored borders repeat the last pixel", "Imaging/MirroredBorder.cs",
            "place : period - place", "place : period - place + 1"),
        new("networks see replicated borders", "Models/Operation.cs", "Mirrored ? MirroredBorder", "!Mirrored ? MirroredBorder"),
        new("16 to 8 bit by shifting", "Imaging/RasterImage.cs", "(byte)((v + 128) / 257)", "(byte)(v >> 8)"),
        new("tensor to picture by truncation", "Imaging/RasterImage.cs", ".mul(bitDepth == 8 ? 255 : 65535).round()",
            ".mul(bitDepth == 8 ? 255 : 65535)"),
        new("permutations not kept within folds", "Metrics/SeparationTest.cs", ".GroupBy(i => fold[i])", ".GroupBy(i => 0)"),
        new("clipped squares kept in the noise estimate", "Metrics/NoiseSample.cs",
            "whole.shape[0] < Fewest ? squares : squares.index_select(0, whole)", "squares"),
        new("clipped squares kept in that of coarse noise", "Metrics/CoarseSquares.cs",
            "whole[i] ? facts[(i * length)..((i + 1) * length)] : []", "facts[(i * length)..((i + 1) * length)]"),
        new("ties left out of the exported p-value", "Export/DetectionOperators.cs",
            "\"GreaterOrEqual\", [normal, column]", "\"Greater\", [normal, column]"),
        new("a score at the exported threshold is normal", "Export/DetectionOperators.cs",
            "\"GreaterOrEqual\", [score, threshold]", "\"Greater\", [score, threshold]"),
        new("the audit's level 5 instead of 1 %", "Auditing/AuditConclusion.cs", "m.PValue <= Level", "m.PValue <= 0.05"),
        new("near by the upper bound", "Auditing/AuditConclusion.cs", "}, options).Lower <= 0", "}, options).Upper <= 0"),
        new("near by the estimate", "Auditing/AuditConclusion.cs", "}, options).Lower <= 0", "}, options).Estimate <= 0"),
        new("one step kept too many in the store on resume", "Runs/RunStore.cs", "step > $step AND", "step > $step + 1 AND"),
        new("one line kept too many in the log on resume", "Training/MetricsLog.cs",
            "line.Entry.Step <= step", "line.Entry.Step <= step + 1"),
        new("batch norm with another eps", "Models/BatchNorm2d.cs", "Momentum, Epsilon)", "Momentum, 1e-3)"),
        new("batch norm with another momentum", "Models/BatchNorm2d.cs", "Momentum, Epsilon)", "0.01, Epsilon)"),
        new("batch norm folded with another eps", "Models/BatchNorm2d.cs",
            "(ScalarType.Float64) + Epsilon)", "(ScalarType.Float64) + 1e-3)"),
        new("statistics frozen one epoch late", "Training/Trainer.cs", "state.Epoch > 0", "state.Epoch > 1"),
        new("the validation loss as a mean of batch means", "Training/Trainer.cs",
            "(mean.Mean, mean", "(mean.MeanOfBatchMeans, mean"),
        new("patience does not restore the best epoch", "Training/Trainer.cs", "Restore(best);", ""),
        new("patience keeps the weights and not the statistics", "Training/Trainer.cs",
            "entry.Value.clone()", "(entry.Key.Contains(\"running\") ? entry.Value.alias() : entry.Value.clone())"),
        new("the same noise in every epoch", "Training/Trainer.cs",
            "Stream.Training, state.Step)", "Stream.Training, state.StepInEpoch)"),
        new("other validation noise in every epoch", "Training/Trainer.cs",
            "_options.Seed, ((long)stream << 48) + index", "_options.Seed + _network.GetHashCode() + Environment.TickCount, index"),
    ];
}
