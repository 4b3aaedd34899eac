using System.Text.Json.Serialization;
using Pentimento.Data;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Auditing;

/// <summary>A rule that tells two sets apart and knows nothing of what pictures show.</summary>
/// <param name="Name">What it looks at.</param>
/// <param name="Kind">What that is a property of.</param>
/// <param name="IsLearned">Whether it weighs several numbers; else it is one number, and only which way round is learnt.</param>
/// <param name="Auroc">Cross-validated, with its bootstrap interval.</param>
/// <param name="PValue">Corrected for all blank models that were tried (<see cref="SeparationTest"/>).</param>
public sealed record BlankModel(string Name, BlankKind Kind, bool IsLearned, Interval Auroc, double PValue)
{
    /// <summary>
    /// Whether a detector has to beat it. All numbers together, weighed with examples of both sets at hand, know what no detector
    /// does.
    /// </summary>
    public bool IsRival => !IsLearned || Kind != BlankKind.Picture;

    /// <summary>The middle value of the normal pictures; null where there is no single number.</summary>
    public double? NormalMedian { get; init; }

    /// <summary>The middle value of the other pictures; null where there is no single number.</summary>
    public double? OtherMedian { get; init; }

    /// <summary>The largest difference in words, where there is no single number; else null.</summary>
    public string? Difference { get; init; }

    /// <summary>One a picture, the normal ones first; higher speaks for the others.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Scores { get; init; } = [];
}

/// <summary>All blank models on two sets.</summary>
/// <param name="Models">The best first.</param>
/// <param name="Same">Numbers that are the same in every picture, and so can tell nothing apart.</param>
public sealed record BlankModels(IReadOnlyList<BlankModel> Models, IReadOnlyList<string> Same)
{
    private const string HeaderName = "file header", LevelsName = "fine structure of the levels";
    private const string TogetherName = "all numbers together";
    private const float Shrinkage = 0.1f, LargestDeviation = 3;

    /// <summary>What each picture was found to be, the normal ones first; null where it is no file.</summary>
    [JsonIgnore]
    public IReadOnlyList<string?> Signatures { get; init; } = [];

    /// <summary>The numbers of each picture, the normal ones first.</summary>
    [JsonIgnore]
    public IReadOnlyList<IReadOnlyList<PictureNumber>> Numbers { get; init; } = [];

    /// <summary>Measures the pictures and tests every blank model on the same folds.</summary>
    /// <param name="normal">The normal pictures.</param>
    /// <param name="ofNormal">Which of them.</param>
    /// <param name="other">The other pictures.</param>
    /// <param name="ofOther">Which of them.</param>
    /// <param name="folds">2 or more; fewer are taken where a set is smaller.</param>
    /// <param name="options">Permutations and seed; null for the defaults.</param>
    /// <param name="progress">Told how many pictures are measured.</param>
    /// <param name="cancel">Ends the measuring.</param>
    /// <exception cref="ArgumentException">A set has fewer than two pictures (or groups) that can be separated.</exception>
    /// <exception cref="InvalidDataException">A picture has been damaged since its set was opened.</exception>
    /// <exception cref="IOException">A file cannot be read any more.</exception>
    public static BlankModels Run(
        ImageDataset normal, IReadOnlyList<int> ofNormal, ImageDataset other, IReadOnlyList<int> ofOther, int folds,
        SeparationOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        options ??= new SeparationOptions();
        var facts = new List<PictureFacts>();
        foreach (var (images, indices) in new[] { (normal, ofNormal), (other, ofOther) })
            foreach (var index in indices)
            {
                cancel.ThrowIfCancellationRequested();
                facts.Add(PictureFacts.Of(images, index));
                progress?.Report(facts.Count);
            }
        bool[] positive = [.. ofNormal.Select(_ => false), .. ofOther.Select(_ => true)];
        int[] fold = [.. Folds(normal, ofNormal, folds, options.Seed), .. Folds(other, ofOther, folds, options.Seed)];
        return Test(facts, positive, fold, options);
    }

    /// <summary>Tests pictures that have been measured.</summary>
    internal static BlankModels Test(IReadOnlyList<PictureFacts> facts, bool[] positive, int[] fold, SeparationOptions options)
    {
        var (candidates, same) = (new List<(BlankModel Model, SampleDescription Description)>(), new List<string>());
        void Add(string name, BlankKind kind, bool isLearned, SampleDescription description, Func<BlankModel, BlankModel>? with = null)
        {
            var model = new BlankModel(name, kind, isLearned, default, 1);
            candidates.Add((with is null ? model : with(model), description));
        }
        var names = facts[0].Numbers.Select(n => n.Name).Where(name => facts.All(f => f.Numbers.Any(n => n.Name == name))).ToArray();
        var columns = new List<double[]>();
        foreach (var name in names)
        {
            var numbers = facts.Select(f => f.Numbers.First(n => n.Name == name)).ToArray();
            double[] values = [.. numbers.Select(n => n.Value)];
            if (values.Distinct().Count() < 2)
            {
                same.Add(name);
                continue;
            }
            columns.Add(values);
            double Median(bool set) => Quantiles.Of([.. values.Where((_, i) => positive[i] == set)], 0.5);
            Add(name, numbers[0].Kind, false, new SampleDescription(1, Ranked(values)),
                m => m with { NormalMedian = Median(false), OtherMedian = Median(true) });
        }
        if (facts.All(f => f.Signature is not null))
        {
            string[] signatures = [.. facts.Select(f => f.Signature!)];
            if (signatures.Distinct().Count() < 2) same.Add(HeaderName);
            else
                Add(HeaderName, BlankKind.File, true, OneOfMany(signatures),
                    m => m with { Difference = Difference(signatures, positive) });
        }
        Add(LevelsName, BlankKind.Trace, true, Standardised(facts));
        if (columns.Count > 1) Add(TogetherName, BlankKind.Picture, true, Whitened(columns));

        var separations = SeparationTest.Run([.. candidates.Select(c => c.Description)], positive, fold, options);
        var models = candidates.Zip(separations, (candidate, separation) => candidate.Model with
        {
            Auroc = Bootstrap.Auroc(separation.Scores, positive, new BootstrapOptions { Seed = options.Seed }),
            PValue = separation.PValue,
            Scores = separation.Scores,
        });
        return new BlankModels([.. models.OrderByDescending(m => m.Auroc.Estimate)], same)
        {
            Signatures = [.. facts.Select(f => f.Signature)],
            Numbers = [.. facts.Select(f => f.Numbers)],
        };
    }

    private static int[] Folds(ImageDataset images, IReadOnlyList<int> indices, int folds, int seed)
    {
        ImageItem[] items = [.. indices.Select(i => images.Items[i])];
        var separable = items.Select((item, i) => item.Group ?? $"\0{i}").Distinct().Count();
        if (separable < 2)
            throw new ArgumentException($"'{images.Source.Name}' has {separable} pictures that can be separated; at least 2 " +
                "are needed.");
        var fold = new int[items.Length];
        var splits = DataSplit.Folds(items, Math.Min(folds, separable), seed, stratify: false);
        for (var k = 0; k < splits.Count; k++)
            foreach (var i in splits[k].Test) fold[i] = k;
        return fold;
    }

    // Places in the order: floats that differ in the last bits of a double would else become ties.
    private static float[] Ranked(double[] values)
    {
        double[] distinct = [.. values.Distinct().Order()];
        return [.. values.Select(v => (float)Array.BinarySearch(distinct, v))];
    }

    /// <summary>Each signature as a number that is 1 or 0; those that occur once are one.</summary>
    private static SampleDescription OneOfMany(string[] signatures)
    {
        var common = signatures.CountBy(s => s).Where(c => c.Value > 1).Select(c => c.Key).Order(StringComparer.Ordinal).ToArray();
        var dimensions = common.Length + 1;
        var values = new float[signatures.Length * dimensions];
        for (var i = 0; i < signatures.Length; i++)
        {
            var place = Array.IndexOf(common, signatures[i]);
            values[i * dimensions + (place < 0 ? common.Length : place)] = 1;
        }
        return new SampleDescription(dimensions, values);
    }

    private static string Difference(string[] signatures, bool[] positive)
    {
        double Share(string signature, bool set) =>
            signatures.Where((_, i) => positive[i] == set).Average(s => s == signature ? 1.0 : 0);
        var most = signatures.Distinct().MaxBy(s => (Math.Abs(Share(s, true) - Share(s, false)), Share(s, true)))!;
        return FormattableString.Invariant($"“{most}” {100 * Share(most, false):F0} % against {100 * Share(most, true):F0} %");
    }

    /// <summary>Every level on the scale of its spread over all pictures, without knowing the sets.</summary>
    private static SampleDescription Standardised(IReadOnlyList<PictureFacts> facts)
    {
        const int levels = ProcessingTraces.Levels;
        var values = new float[facts.Count * levels];
        for (var d = 0; d < levels; d++)
        {
            var mean = facts.Average(f => (double)f.Levels[d]);
            var deviation = Math.Sqrt(facts.Average(f => Math.Pow(f.Levels[d] - mean, 2))) + 1e-9;
            for (var i = 0; i < facts.Count; i++)
                values[i * levels + d] = (float)Math.Clamp(
                    (facts[i].Levels[d] - mean) / deviation, -LargestDeviation, LargestDeviation);
        }
        return new SampleDescription(levels, values);
    }

    /// <summary>
    /// The numbers as normal scores, made independent by their shrunk covariance over all pictures: the difference of the means
    /// is then Fisher's discriminant.
    /// </summary>
    private static SampleDescription Whitened(List<double[]> columns)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (n, m) = (columns[0].Length, columns.Count);
        var scores = new float[n * m];
        for (var c = 0; c < m; c++)
        {
            var ranks = Ranked(columns[c]);
            var most = ranks.Max() + 1;
            for (var i = 0; i < n; i++) scores[i * m + c] = (float)Normal.Quantile((ranks[i] + 0.5) / most);
        }
        var values = tensor(scores, [n, m]);
        values = values - values.mean([0], keepdim: true);
        values = values / (values.square().mean([0], keepdim: true).sqrt() + 1e-6);
        var covariance = values.t().mm(values) / n * (1 - Shrinkage) + eye(m) * Shrinkage;
        var factor = linalg.cholesky(covariance); // L Lᵀ
        var white = linalg.solve(factor, values.t()).t().contiguous();
        return new SampleDescription(m, white.data<float>().ToArray());
    }
}
