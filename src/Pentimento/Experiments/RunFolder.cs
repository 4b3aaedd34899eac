using Pentimento.Files;
using Pentimento.Runs;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>
/// The folder of a run while it is written: no other run of this machine writes there, and what an earlier one has left there is
/// not replaced unless that was asked for. Disposing it lets the folder go; one that nothing came into is taken away again.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private readonly FolderLock _alone;

    private RunFolder(string path, FolderLock alone) => (Path, _alone) = (path, alone);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Takes the folder of a run.</summary>
    /// <param name="path">Made where there is none.</param>
    /// <param name="resume">Whether it is the folder of the run that goes on.</param>
    /// <param name="overwrite">Whether an earlier run there may be replaced.</param>
    /// <exception cref="ArgumentException">The folder has a run or a model, which must not be replaced.</exception>
    /// <exception cref="IOException">Another run writes there, or nothing can be written there.</exception>
    public static RunFolder Take(string path, bool resume, bool overwrite)
    {
        var folder = new RunFolder(path, FolderLock.Make(path));
        if (resume || overwrite || folder.Left() is not { } left) return folder;
        folder.Dispose();
        throw new ArgumentException(left);
    }

    /// <summary>Deletes the files of the run that is replaced, so that no mixture of two is left where the new one is stopped.</summary>
    public void Clear()
    {
        foreach (var name in new[] { Experiment.ModelName, Checkpoint.FileName, Experiment.CardName, Experiment.ReportName,
            Experiment.EvaluationName, MetricsLog.FileName })
            System.IO.File.Delete(File(name));
        foreach (var events in Directory.EnumerateFiles(Path, TensorBoardWriter.FileStart + "*")) System.IO.File.Delete(events);
    }

    /// <summary>Takes up a run that was stopped.</summary>
    /// <param name="store">Where it is recorded.</param>
    /// <param name="data">Its images, which must be what they were.</param>
    /// <param name="step">The checkpoint's, or 0.</param>
    /// <exception cref="InvalidOperationException">The run is finished, or at work elsewhere.</exception>
    /// <exception cref="InvalidDataException">The images have changed since.</exception>
    public Run Resume(RunStore store, ExperimentData data, long step)
    {
        var (_, id) = Experiment.ReadOptions(Path);
        var record = store.Find(id);
        if (record.Status == RunStatus.Finished && Exists(Experiment.ModelName))
            throw new InvalidOperationException($"The run {record.Id} is finished; there is nothing left to do.");
        if (record.Status == RunStatus.Damaged)
            throw new InvalidDataException($"The run {record.Id} cannot be taken up again: {record.Reason}");
        if (record.Facts.DataFingerprint != data.Images.Fingerprint)
            throw new InvalidDataException(
                $"The images of '{data.Images.Source.Name}' are no longer those that the run {record.Id} began with; start a new run.");
        return store.Resume(record.Id, step);
    }

    /// <inheritdoc/>
    public void Dispose() => _alone.Dispose();

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private bool Exists(string name) => System.IO.File.Exists(File(name));

    /// <summary>What must not be replaced, as an error; null where there is nothing.</summary>
    private string? Left()
    {
        if (!Exists(Experiment.OptionsName) && !Exists(Experiment.ModelName)) return null;
        const string choose = "choose another folder, or replace it with --overwrite";
        return !Exists(Experiment.OptionsName) ? $"The folder '{Path}' has a {Experiment.ModelName} already; {choose}."
            : $"The folder '{Path}' has a run already; go on with it with --resume, {choose}.";
    }
}
