using System.CommandLine;
using Pentimento.Data;
using Pentimento.Experiments;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Cli.Verbs;

/// <summary>The options of training, and what they come to.</summary>
internal sealed class TrainOptions(ModelTask task)
{
    private const int NoisyPatch = 64;
    private const double StandardWeightDecay = 0.01, FineTuningRate = 0.0002;
    private static readonly Noise s_standardNoise = new GaussianNoise(0.2);

    public Option<string> Data { get; } = new("--data")
    {
        Description = "The images: a folder, IDX or CSV files, a manifest, or a known set such as fashion-mnist." +
            (task == ModelTask.Detect ? " For detection the normal ones." : ""),
        HelpName = "set",
    };

    private readonly Option<string?> _anomalous = new("--anomalous")
    {
        Description = "Images that do not belong. Only measured on, never learnt from.",
        HelpName = "set",
    };

    private readonly Option<string[]> _normal = new("--normal")
    {
        Description = "The labels that are normal, where the set has labels. All others are anomalous.",
        HelpName = "label",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<double?> _falseAlarms = OptionValues.Share(
        "--false-alarms", "Share of normal images that may be flagged. Default 5%.");
    private readonly DetectorChoice _detector = new();
    private readonly Option<Noise?> _noise = OptionValues.Noise("--noise",
        "Standard deviation of Gaussian noise, on the 0–1 scale, clipped to it; or a range such as 0-0.5, from which every image " +
        "gets its own. Or kinds of noise: with + one on top of the other, with | one of them for each image, as in " +
        $"\"2*gaussian(0-0.5,clip) | gaussian(0-0.1) + jpeg(30-95)\". Kinds: {OptionValues.NoiseKinds}. Default 0.2.");

    private readonly Option<bool> _noClip = new("--no-clip")
    {
        Description = "Leave noisy values outside 0–1 as they are, where --noise is a number or a range.",
    };

    private readonly Option<Supervision> _supervision = OptionValues.Choice(
        "--supervision", "What is learned from: clean pictures, to which noise is added; pairs of noisy captures of the same thing; or " +
        "noisy pictures alone, by neighbouring pixels (for noise that neighbours do not share). Default clean.",
        ("clean", Supervision.Clean), ("pairs", Supervision.Pairs), ("neighbours", Supervision.Neighbours));

    private readonly Option<string?> _second = new("--second")
    {
        Description = "With --supervision pairs: the folder of the second captures, named as the first. Default: the column 'pair' " +
            "of a manifest.",
        HelpName = "folder",
    };

    private readonly Option<int?> _patch = new("--patch")
    {
        Description = "Learn from squares of this side, cut anywhere from the pictures, flipped and turned; these keep their size. " +
            "Default whole pictures, 64 without clean ones.",
        HelpName = "pixels",
    };

    private readonly Option<double?> _test = OptionValues.Share(
        "--test", "Share of images to measure on, where the set does not say. Default 20%.");
    private readonly Option<double?> _validation = OptionValues.Share("--validation", task == ModelTask.Detect
        ? "Share of the rest to calibrate on. Default 20%." : "Share of the rest to watch the loss on. Default 10%.");

    private readonly Option<int?> _size = new("--size")
    {
        Description = "Side of the square that pictures are brought to. Default 256, IDX and CSV sets as they are.",
        HelpName = "pixels",
    };

    private readonly Option<bool> _grey = new("--grey") { Description = "Make colour pictures grey." };
    private readonly Option<bool> _toSrgb = new("--to-srgb")
    {
        Description = "Convert to sRGB through the pictures' ICC profiles.",
    };
    private readonly Option<bool> _skip = CommonOptions.SkipUnreadable();

    private readonly Option<string?> _from = new("--from")
    {
        Description = "A model file (.pent), or blind, told or white, which come along, to start from instead of random weights " +
            "(fine-tuning); its network is kept.",
        HelpName = "model",
    };

    private readonly Option<string?> _architecture = new("--architecture")
    {
        Description = "The network; 'pentimento inspect' lists them. " +
            $"Default {(task == ModelTask.Reconstruct ? "feed-forward" : "convolutional")}.",
        HelpName = "name",
    };

    private readonly Option<string[]> _set = OptionValues.Settings("Options of the network, as in a=16 b=8.");

    private readonly Option<int?> _epochs = new("--epochs")
    {
        Description = "Passes over the images. Default 10, or as many as make 400 steps on a small set; with --patch 2,000 steps.",
        HelpName = "number",
    };

    private readonly Option<int?> _steps = new("--steps") { Description = "Stop after so many steps.", HelpName = "number" };
    private readonly Option<int?> _batchSize = new("--batch-size")
    {
        Description = "Images a step. Default 100, 32 for large pictures, 16 patches.",
        HelpName = "number",
    };

    private readonly Option<double?> _learningRate = new("--learning-rate")
    {
        Description = $"The highest learning rate. Default 0.001, with --from {FineTuningRate}.",
        HelpName = "rate",
    };
    private readonly Option<LearningRateSchedule> _schedule = OptionValues.Choice(
        "--schedule", "How the learning rate changes. Default constant.",
        ("constant", LearningRateSchedule.Constant), ("cosine", LearningRateSchedule.Cosine),
        ("one-cycle", LearningRateSchedule.OneCycle));

    private readonly Option<string> _optimizer = OptionValues.Choice(
        "--optimizer", "adam (the default), adamw, or muon, which gets further in as many steps, each a fifth longer.",
        ("adam", "adam"), ("adamw", "adamw"), ("muon", "muon"));
    private readonly Option<double?> _weightDecay = new("--weight-decay")
    {
        Description = $"Decay of the weights with adamw. Default {StandardWeightDecay}.",
        HelpName = "rate",
    };

    private readonly Option<LossWeights?> _loss = OptionValues.Loss(
        "--loss", "mse, l1, ssim, psnr, colour, or a mix as in mse+0.5*ssim. Default mse.");
    private readonly Option<double?> _clipGradient = new("--clip-gradient")
    {
        Description = "Scale larger gradients down to this norm.",
        HelpName = "norm",
    };
    private readonly Option<double?> _ema = new("--ema")
    {
        Description = "Return a moving average of the weights, as in 0.999.",
        HelpName = "decay",
    };
    private readonly Option<int?> _patience = new("--patience")
    {
        Description = "Stop after so many epochs without a lower validation loss; the best epoch counts.",
        HelpName = "epochs",
    };

    private readonly Option<Precision> _precision = OptionValues.Choice(
        "--precision", "What layers compute in; auto measures. Default float32.",
        ("float32", Precision.Float32), ("bf16", Precision.BFloat16), ("bfloat16", Precision.BFloat16),
        ("auto", Precision.Auto));

    private readonly Option<int?> _checkpointSteps = new("--checkpoint-steps")
    {
        Description = "Checkpoint every so many steps. Default: every minute and every epoch.",
        HelpName = "number",
    };

    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<int> _seed = CommonOptions.Seed();

    /// <summary>Stands with the options of the run.</summary>
    public Option<bool> Private { get; } = new("--private")
    {
        Description = "Leave the command line, the paths and names of files and sets, and a detector's small pictures of what " +
            "is normal out of the model and its card.",
    };

    /// <summary>How much pictures may take when they are read: no part of what a run is.</summary>
    public LimitOptions Limits => field ??= new(task == ModelTask.Detect ? _detector.Bank.Memory : null);

    /// <summary>Adds all options to the verb.</summary>
    public void AddTo(Verb verb)
    {
        verb.Add("Images", [Data, .. task == ModelTask.Detect ? new Option[] { _anomalous, _normal } : [], _size,
            .. task == ModelTask.Detect ? Array.Empty<Option>() : [_patch], _grey, _toSrgb, _test, _validation, _skip,
            .. Limits.Options]);
        if (task == ModelTask.Denoise) verb.Add("Noise", _noise, _noClip, _supervision, _second);
        if (task == ModelTask.Detect)
            verb.Add(
                "Detection", [
                    _detector.Name, _detector.Backbone, _detector.KnownOthers, .. _detector.Bank.Options, .. _detector.Crops.Options,
                    _falseAlarms,
                ]);
        _architecture.CompletionSources.Add(_ => Architectures.Names);
        verb.Add("Network", _from, _architecture, _set);
        verb.Add("Training", TrainingGroup);
    }

    private Option[] TrainingGroup =>
    [
        _epochs, _steps, _batchSize, _learningRate, _schedule, _optimizer, _weightDecay, _loss, _clipGradient, _ema, _patience,
        _precision, _device, _seed, _checkpointSteps,
    ];

    private IEnumerable<Option> NetworkOptions => [_from, _architecture, _set, _validation, .. TrainingGroup];

    /// <summary>The given options that determine the training; empty where only the defaults are meant.</summary>
    public IEnumerable<string> Given(ParseResult parsed, Verb verb) => verb.Groups.SelectMany(g => g.Options)
        .Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name);

    /// <summary>What is asked for, with defaults that suit the images.</summary>
    /// <exception cref="ArgumentException">Options are missing or do not go together.</exception>
    /// <exception cref="IOException">The images cannot be opened.</exception>
    public ExperimentOptions Read(ParseResult parsed)
    {
        var data = parsed.GetValue(Data)
            ?? throw new ArgumentException("Which images? Name them with --data (a folder, a file or a known set).");
        var adamW = parsed.GetValue(_optimizer) is "adamw";
        var decay = parsed.GetValue(_weightDecay);
        if (decay is not null && !adamW) throw new ArgumentException("--weight-decay goes with --optimizer adamw.");
        if (parsed.GetValue(_noClip) && task != ModelTask.Denoise) throw new ArgumentException("--no-clip goes with --noise.");
        var supervision = task == ModelTask.Denoise ? parsed.GetValue(_supervision) : Supervision.Clean;
        var noisy = supervision != Supervision.Clean;
        if (noisy && (parsed.GetValue(_noise) is not null || parsed.GetValue(_noClip)))
            throw new ArgumentException(
                "--noise is added to clean pictures; with --supervision pairs or neighbours they are noisy already.");
        var options = new ExperimentOptions
        {
            Task = task,
            Data = data,
            Anomalous = parsed.GetValue(_anomalous),
            NormalLabels = parsed.GetValue(_normal) ?? [],
            Detector = task == ModelTask.Detect ? _detector.Read(parsed) : null,
            From = parsed.GetValue(_from) is { } from ? ShippedModels.FileOf(from) : null,
            Architecture = parsed.GetValue(_architecture),
            ArchitectureOptions = OptionValues.Settings(parsed.GetValue(_set) ?? []),
            Size = parsed.GetValue(_size),
            Crops = task == ModelTask.Detect ? _detector.Crops.Read(parsed) : null,
            SecondCaptures = task == ModelTask.Denoise ? parsed.GetValue(_second) : null,
            PatchSize = task == ModelTask.Detect ? null : parsed.GetValue(_patch) ?? (noisy ? NoisyPatch : null),
            Grey = parsed.GetValue(_grey),
            ToSrgb = parsed.GetValue(_toSrgb),
            SkipUnreadable = parsed.GetValue(_skip),
            TestFraction = parsed.GetValue(_test) ?? (noisy ? 0 : 0.2),
            ValidationFraction = parsed.GetValue(_validation),
            FalseAlarmRate = parsed.GetValue(_falseAlarms) ?? 0.05,
            Private = parsed.GetValue(Private),
            Device = parsed.GetValue(_device)!,
            Training = new TrainingOptions
            {
                MaxSteps = parsed.GetValue(_steps),
                LearningRate = parsed.GetValue(_learningRate) ?? (parsed.GetValue(_from) is null ? 1e-3 : FineTuningRate),
                Schedule = parsed.GetValue(_schedule),
                Optimizer = parsed.GetValue(_optimizer) is "muon" ? Optimizer.Muon : Optimizer.Adam,
                WeightDecay = adamW ? decay ?? StandardWeightDecay : 0,
                Loss = parsed.GetValue(_loss) ?? new LossWeights(),
                GradientClip = parsed.GetValue(_clipGradient),
                EmaDecay = parsed.GetValue(_ema),
                Patience = parsed.GetValue(_patience),
                Precision = parsed.GetValue(_precision),
                Seed = parsed.GetValue(_seed),
                CheckpointSteps = parsed.GetValue(_checkpointSteps),
                Supervision = supervision,
                Noise = task == ModelTask.Denoise && !noisy ? ReadNoise(parsed) : null,
                Epochs = parsed.GetValue(_epochs) ?? 1,
                BatchSize = parsed.GetValue(_batchSize) ?? 1,
            },
        };
        if (options.Detector is { } detector)
        {
            // All that is said of networks and their training has a default that is not looked at.
            Option[] free = [_device, _seed, _steps];
            if (NetworkOptions.Except(free).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
                throw new ArgumentException(options.Crops is null
                    ? $"{given.Name} is for an auto-encoder of your own; the detector '{detector.Name}' has none."
                    : $"{given.Name} is for an auto-encoder of whole pictures; it does not go with --crops.");
            options = options with { Detector = detector with { Steps = parsed.GetValue(_steps) } };
            options.ThrowIfInvalid();
            return options;
        }
        options = StartingModel.Adopt(options);
        options.ThrowIfInvalid();
        return WithDefaultsForImages(options, parsed);
    }

    private Noise ReadNoise(ParseResult parsed)
    {
        var noise = parsed.GetValue(_noise) ?? s_standardNoise;
        if (!parsed.GetValue(_noClip)) return noise;
        var isNumber = parsed.GetResult(_noise) is not { Tokens: [var token] } || LevelRange.Parse(token.Value) is not null;
        return isNumber ? (GaussianNoise)noise with { Clip = false }
            : throw new ArgumentException("--no-clip goes with a number or a range; kinds of noise clip where they say clip.");
    }

    private ExperimentOptions WithDefaultsForImages(ExperimentOptions options, ParseResult parsed)
    {
        var (epochs, batchSize) = (parsed.GetValue(_epochs), parsed.GetValue(_batchSize));
        if (options.PatchSize is not null && epochs is null)
            options = options with
            {
                Training = options.Training with { MaxSteps = options.Training.MaxSteps ?? TrainingDefaults.StepsWithPatches },
            };
        if (options.PatchSize is not null) epochs ??= options.Training.MaxSteps; // the steps decide
        if (epochs is not null && batchSize is not null)
            return options with { Training = options.Training with { Epochs = epochs.Value, BatchSize = batchSize.Value } };
        using var source = ImageSource.Open(options.Data);
        var images = batchSize ?? TrainingDefaults.BatchSizeFor(source, options);
        return options with
        {
            Training = options.Training with
            {
                BatchSize = images,
                Epochs = epochs ?? TrainingDefaults.EpochsFor(source, options, images, options.Training.MaxSteps),
            },
        };
    }
}
