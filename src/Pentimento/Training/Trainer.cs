using System.Diagnostics;
using System.Text.Json;
using Pentimento.Data;
using Pentimento.Files;
using Pentimento.Metrics;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>The images of a run.</summary>
/// <param name="Images">All images.</param>
/// <param name="Train">Indices of the training images; one that stands here twice is seen twice an epoch.</param>
/// <param name="Validation">Indices of the validation images; may be empty.</param>
public sealed record TrainingData(ITrainingImages Images, IReadOnlyList<int> Train, IReadOnlyList<int> Validation);

/// <summary>
/// Trains a network to give back clean images. One loop: draw, forward, backward, update. Order and noise depend only on the
/// seed and the step, so that a run that was killed ends, resumed, with the weights of one that was not.
/// </summary>
public sealed class Trainer
{
    private static readonly TimeSpan s_checkpointInterval = TimeSpan.FromMinutes(1);
    private readonly Network _network;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly ComputeForm _form;

    /// <summary>Prepares a run.</summary>
    /// <param name="network">Initialised, float32, on the device to train on; trained in place, not disposed.</param>
    /// <param name="data">The images; not disposed.</param>
    /// <param name="options">What to do.</param>
    /// <exception cref="ArgumentException">Options are out of range, or network and images do not fit each other.</exception>
    public Trainer(Network network, TrainingData data, TrainingOptions options)
    {
        options.ThrowIfInvalid();
        var shape = options.Supervision.ShapeFor(data.Images.Shape);
        if (network.Input != shape && !(network.AnySize && network.Input.Channels == shape.Channels))
            throw new ArgumentException($"The network takes images of {network.Input}, these are {shape}.");
        if (options.Supervision == Supervision.Neighbours && (!network.AnySize || Math.Min(shape.Height, shape.Width) < 4))
            throw new ArgumentException(
                "Learning from neighbours takes images apart: they need 4 pixels or more on a side, and a network for any size.");
        if (data.Train.Count == 0) throw new ArgumentException("There are no training images.");
        if (options.Patience is not null && data.Validation.Count == 0)
            throw new ArgumentException("Early stopping (patience) needs validation images, and there are none.");
        (_network, _data, _options) = (network, data, ComputeForm.Resolve(network, shape, options));
        _device = network.parameters().First().device;
        _form = new ComputeForm(_options.Precision, _options.ChannelsLast!.Value);
    }

    /// <summary>
    /// How often progress is reported within an epoch. Tests stop a run at a step by having every step reported.
    /// </summary>
    internal TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(0.25);

    /// <summary>Runs to the end, or until it is cancelled.</summary>
    /// <param name="folder">Where checkpoints go; null writes none.</param>
    /// <param name="resume">Whether to go on from the checkpoint in <paramref name="folder"/>, if there is one.</param>
    /// <param name="progress">Is told a few times a second, and at the end of each epoch.</param>
    /// <param name="cancel">Stops after the running step; the result says so and the network keeps its weights.</param>
    /// <returns>The epochs in figures. The network is in evaluation mode.</returns>
    /// <exception cref="InvalidOperationException">The loss is no longer a number.</exception>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is damaged or of another run, or an image cannot be read.
    /// </exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    public TrainingResult Run(
        string? folder = null, bool resume = false, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancel = default)
    {
        using var parameters = new ParameterBuffer(_network, _form.ChannelsLast);
        using IOptimizer optimizer = _options.Optimizer == Optimizer.Muon
            ? new Muon(parameters, _options.EmaDecay)
            : new FusedAdam(parameters, _options.WeightDecay, _options.EmaDecay);
        using var dense = DenseGradient.For(_network, _form.Precision, _options.Loss);
        using var loader = new BatchLoader(_data.Images, _data.Train,
            new BatchLoaderOptions { BatchSize = _options.BatchSize, Shuffle = true, Seed = _options.Seed, Device = _device });
        using var noise = new Generator();
        var batchSizes = BatchSizes(_data.Train.Count);
        var runSteps = Math.Min((long)_options.Epochs * batchSizes.Length, _options.MaxSteps ?? long.MaxValue);
        var epochs = (int)((runSteps + batchSizes.Length - 1) / batchSizes.Length);
        var checkpoint = folder is null ? null : new Checkpoint(Path.Combine(folder, Checkpoint.FileName), Fingerprint());

        var state = new TrainingState();
        Dictionary<string, Tensor>? best = null;
        if (resume && checkpoint?.Read(_network, optimizer, batchSizes.Length, runSteps) is { } saved) (state, best) = saved;
        using var losses = zeros([batchSizes.Length], ScalarType.Float32, _device);
        using (NewDisposeScope())
            for (var i = 0; i < state.LossesInEpoch.Count; i++) losses[i] = state.LossesInEpoch[i];

        var sinceReport = new Pace(ReportInterval, state.Step);
        var sinceCheckpoint = new Pace(s_checkpointInterval, state.Step);
        var run = new Pace(TimeSpan.Zero, state.Step);
        var interrupted = false;
        while (!state.Ended && !interrupted)
        {
            var epochClock = Stopwatch.StartNew();
            _network.train(!(_options.FreezeBatchStatisticsAfterFirstEpoch && state.Epoch > 0));
            foreach (var batch in loader.Epoch(state.Epoch, state.StepInEpoch))
            {
                using (batch)
                using (NewDisposeScope())
                {
                    var (input, clean, gap) = Example(batch.Images, noise, Stream.Training, state.Step);
                    var loss = dense is not null && gap is null
                        ? dense.Compute(input, clean)
                        : Backward(LossOf(input, clean, gap, noise, state.Step / (double)runSteps));
                    losses[state.StepInEpoch].copy_(loss);
                }
                if (_options.GradientClip is { } largest) parameters.ClipGradients(largest);
                optimizer.Step(state.Step + 1, _options.LearningRateAt(state.Step, runSteps));
                state.Step++;
                state.StepInEpoch++;

                if (sinceReport.IsDue)
                {
                    var speed = sinceReport.Restart(state.Step) * _options.BatchSize;
                    var left = TimeSpan.FromSeconds((runSteps - state.Step) / run.StepsPerSecond(state.Step));
                    progress?.Report(new TrainingProgress(state.Epoch + 1, epochs, state.StepInEpoch, batchSizes.Length,
                        state.Step, runSteps, MeanLoss(losses, batchSizes, state).PerImage, speed, left));
                }
                interrupted = cancel.IsCancellationRequested;
                // At the end of an epoch it is ended first: a checkpoint before would have it ended, and reported, once more.
                if (interrupted || state.Step == runSteps || state.StepInEpoch == batchSizes.Length) break;
                if (_options.CheckpointSteps is { } steps ? state.Step % steps == 0 : sinceCheckpoint.IsDue)
                {
                    sinceCheckpoint.Restart(state.Step);
                    WriteCheckpoint(epochClock);
                }
            }
            if (state.StepInEpoch == batchSizes.Length || state.Step == runSteps) EndEpoch(epochClock);
            WriteCheckpoint(epochClock);
        }

        if (!interrupted && best is { Count: > 0 }) Restore(best);
        else if (optimizer.Average is { } average)
        {
            using var noGradient = no_grad();
            parameters.Values.copy_(average);
        }
        foreach (var tensor in best?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
        _network.eval();
        return new TrainingResult(state.Epochs, state.Step, interrupted, interrupted ? null : state.BestEpoch);

        void EndEpoch(Stopwatch clock)
        {
            var train = MeanLoss(losses, batchSizes, state);
            (double PerImage, double BatchSum)? validation =
                _data.Validation.Count == 0 ? null : WithAverage(parameters, optimizer, Validate);
            if (validation is { } measured) ThrowIfNotFinite(measured.PerImage, "validation loss", state.Epoch);
            var record = new EpochRecord(
                state.Epoch + 1, state.Step, train.PerImage, validation?.PerImage, train.PerBatch, validation?.BatchSum,
                state.StepInEpoch, _options.LearningRateAt(state.Step - 1, runSteps),
                state.SecondsInEpoch + clock.Elapsed.TotalSeconds);
            state.Epochs.Add(record);
            if (_options.Patience is { } patience)
            {
                if (validation!.Value.PerImage < state.BestValidationLoss)
                {
                    (state.BestValidationLoss, state.BestEpoch) = (validation.Value.PerImage, record.Epoch);
                    foreach (var tensor in best?.Values ?? Enumerable.Empty<Tensor>()) tensor.Dispose();
                    best = WithAverage(parameters, optimizer, CopyOfState);
                }
                state.Ended = record.Epoch - state.BestEpoch >= patience;
            }
            state.Epoch++;
            state.StepInEpoch = 0;
            state.SecondsInEpoch = 0;
            state.Ended |= state.Step == runSteps;
            clock.Reset();
            progress?.Report(new TrainingProgress(record.Epoch, epochs, record.TrainBatches, batchSizes.Length,
                state.Step, runSteps, record.TrainLoss, run.StepsPerSecond(state.Step) * _options.BatchSize,
                TimeSpan.FromSeconds((runSteps - state.Step) / run.StepsPerSecond(state.Step)), record));
        }

        void WriteCheckpoint(Stopwatch clock)
        {
            if (checkpoint is null) return;
            state.LossesInEpoch = [.. losses.cpu().data<float>().Take(state.StepInEpoch)];
            // Nothing good comes of going on from there; the checkpoint before stays.
            foreach (var loss in state.LossesInEpoch) ThrowIfNotFinite(loss, "loss", state.Epoch);
            var seconds = state.SecondsInEpoch + clock.Elapsed.TotalSeconds;
            checkpoint.Write(state with { SecondsInEpoch = seconds }, _network, optimizer, best);
        }
    }

    private (double PerImage, double BatchSum) Validate()
    {
        using var noGradient = no_grad();
        using var noise = new Generator();
        var training = _network.training;
        _network.eval();
        var mean = new RunningMean();
        foreach (var chunk in _data.Validation.Chunk(_options.BatchSize))
        {
            using var scope = NewDisposeScope();
            using var images = _data.Images.Read(chunk);
            var (input, clean, gap) = Example(images.to(_device), noise, Stream.Validation, mean.Batches);
            mean.Add(LossOf(input, clean, gap, noise, 1).item<float>(), chunk.Length);
        }
        _network.train(training);
        return (mean.Mean, mean.SumOfBatchMeans);
    }

    private Tensor Forward(Tensor input, Tensor clean, Generator generator)
    {
        // Without clean images the level is estimated.
        var sigma = _network.TakesNoiseLevel && _options.Supervision == Supervision.Clean
            ? ToldStrength.Of(_network.NoiseLevels, input, clean, generator) : null;
        return _network.forward(_form.Prepare(input), sigma).to(ScalarType.Float32);
    }

    /// <summary>A network that draws its code by chance adds to the loss how far the code says more than chance would.</summary>
    private Tensor LossOf(Tensor input, Tensor clean, Tensor? gap, Generator generator, double progress)
    {
        if (_network is not IVariational variational) return Loss(Forward(input, clean, generator), clean, gap, progress);
        var (output, divergence) = variational.Draw(_form.Prepare(input), generator);
        return Loss(output.to(ScalarType.Float32), clean, gap, progress) + divergence.to(ScalarType.Float32).mean();
    }

    private static Tensor Backward(Tensor loss)
    {
        loss.backward();
        return loss.detach();
    }

    /// <summary>
    /// What the network sees and what it shall give, and for neighbours the difference that cleaning leaves between them.
    /// </summary>
    private (Tensor Input, Tensor Target, Tensor? Gap) Example(Tensor images, Generator generator, Stream stream, long index)
    {
        if (_options.Supervision == Supervision.Clean && _options.Noise is null && _network is not IVariational)
            return (images, images, null);
        generator.manual_seed((long)new SeededRandom(_options.Seed, ((long)stream << 48) + index).NextUInt64());
        if (_options.Supervision == Supervision.Pairs)
        {
            var (input, target) = NoisyTargets.OfPairs(images, generator);
            return (input, target, null);
        }
        if (_options.Supervision == Supervision.Neighbours)
        {
            var (first, second) = NoisyTargets.DrawNeighbours(images, generator);
            using var noGradient = no_grad();
            var cleaned = Forward(images, images, generator);
            var gap = NoisyTargets.Take(cleaned, first) - NoisyTargets.Take(cleaned, second);
            return (NoisyTargets.Take(images, first), NoisyTargets.Take(images, second), gap);
        }
        return (_options.Noise?.AddTo(images, generator) ?? images, images, null);
    }

    private Tensor Loss(Tensor output, Tensor target, Tensor? gap, double progress)
    {
        var loss = Objective.Loss(_options.Loss, output, target);
        return gap is null ? loss
            : loss + NoisyTargets.GapWeight * progress * nn.functional.mse_loss(output - target, gap);
    }

    private static (double PerImage, double PerBatch) MeanLoss(Tensor losses, int[] batchSizes, TrainingState state)
    {
        double weighted = 0, sum = 0;
        long images = 0;
        using var values = losses.cpu();
        var index = 0;
        foreach (var loss in values.data<float>().Take(state.StepInEpoch))
        {
            weighted += (double)loss * batchSizes[index];
            images += batchSizes[index++];
            sum += loss;
        }
        ThrowIfNotFinite(sum, "loss", state.Epoch);
        return (weighted / images, sum / index);
    }

    private static void ThrowIfNotFinite(double loss, string name, int epoch)
    {
        if (double.IsFinite(loss)) return;
        throw new InvalidOperationException(
            $"The {name} is {loss} in epoch {epoch + 1}; try a lower learning rate or gradient clipping.");
    }

    private static T WithAverage<T>(ParameterBuffer parameters, IOptimizer optimizer, Func<T> use)
    {
        if (optimizer.Average is not { } average) return use();
        using var noGradient = no_grad();
        using var own = parameters.Values.clone();
        parameters.Values.copy_(average);
        var result = use();
        parameters.Values.copy_(own);
        return result;
    }

    private Dictionary<string, Tensor> CopyOfState()
    {
        using var noGradient = no_grad();
        return _network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone().DetachFromDisposeScope());
    }

    private void Restore(Dictionary<string, Tensor> saved)
    {
        using var noGradient = no_grad();
        foreach (var (name, tensor) in _network.state_dict()) tensor.copy_(saved[name]);
    }

    private int[] BatchSizes(int images) =>
        [.. Enumerable.Range(0, (images + _options.BatchSize - 1) / _options.BatchSize)
            .Select(i => Math.Min(_options.BatchSize, images - i * _options.BatchSize))];

    /// <summary>What must be the same for a checkpoint to be continued.</summary>
    private string Fingerprint() => ContentHash.Of(JsonSerializer.SerializeToUtf8Bytes(new
    {
        _network.Architecture,
        _network.Options.Values,
        Options = _options with { CheckpointSteps = null },
        _data.Images.Fingerprint,
        (_data.Images as ImageDataset)?.PatchSize,
        _data.Train,
        _data.Validation,
        Version = typeof(Trainer).Assembly.GetName().Version?.ToString(),
    }));

    private enum Stream { Training = 1, Validation = 2 }

    /// <summary>A clock that is due at an interval, and counts steps.</summary>
    private sealed class Pace(TimeSpan interval, long step)
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private long _step = step;

        public bool IsDue => _clock.Elapsed >= interval;

        public double StepsPerSecond(long step) => Math.Max(1e-9, (step - _step) / _clock.Elapsed.TotalSeconds);

        public double Restart(long step)
        {
            var speed = StepsPerSecond(step);
            _step = step;
            _clock.Restart();
            return speed;
        }
    }
}
