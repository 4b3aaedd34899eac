using System.Numerics;

namespace Pentimento.Metrics;

/// <summary>One description of every sample: a number, or several that belong together.</summary>
/// <param name="Dimensions">How many numbers a sample has, 1 or more.</param>
/// <param name="Values">Finite, sample after sample.</param>
public sealed record SampleDescription(int Dimensions, float[] Values);

/// <summary>How well a description tells two sets of samples apart.</summary>
/// <param name="Scores">
/// One a sample, from a rule that was learnt on the other folds: higher speaks for the positive set. Chance gives an AUROC of 0.5
/// or, since a rule learnt from noise points the wrong way as often as not, a little less; never more.
/// </param>
/// <param name="PValue">
/// How often the best of all descriptions does as well where the sets are dealt out at random: corrected for the choice of the
/// best.
/// </param>
public sealed record Separation(double[] Scores, double PValue);

/// <summary>What a <see cref="SeparationTest"/> does.</summary>
public sealed record SeparationOptions
{
    /// <summary>
    /// How often the sets are dealt out at random, 19 or more; no p-value is below 1 / (it + 1). The default value is 999.
    /// </summary>
    public int Permutations { get; init; } = 999;

    /// <summary>Of the dealing. The default value is 42.</summary>
    public int Seed { get; init; } = 42;
}

/// <summary>
/// Whether two sets of samples can be told apart by any of several descriptions. Each gives a rule without anything to tune: the
/// direction from one set's mean to the other's (for one number: which way round), learnt on all folds but one and measured on
/// that one. The p-values are those of the largest of all standardised statistics under permutations of the sets (Westfall and
/// Young, 1993), which keeps the chance of any false report at the level asked for, however many descriptions there are and
/// however they depend on each other.
/// </summary>
public static class SeparationTest
{
    /// <summary>Runs the test.</summary>
    /// <param name="descriptions">Each of as many samples as there are in <paramref name="positive"/>; may be none.</param>
    /// <param name="positive">The set of each sample.</param>
    /// <param name="folds">The fold of each sample, from 0; of each set, two folds or more have samples.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <returns>One for each description.</returns>
    /// <exception cref="ArgumentException">
    /// Lengths differ, a value is not finite, or a set has samples in fewer than two folds.
    /// </exception>
    public static IReadOnlyList<Separation> Run(
        IReadOnlyList<SampleDescription> descriptions, IReadOnlyList<bool> positive, IReadOnlyList<int> folds,
        SeparationOptions? options = null)
    {
        options ??= new SeparationOptions();
        if (options.Permutations < 19)
            throw new ArgumentException($"{options.Permutations} permutations are too few; 19 or more are needed.");
        bool[] labels = [.. positive];
        int[] fold = [.. folds];
        Require.BothClasses(labels, nameof(positive));
        Require.SameLength(labels.Length, fold.Length, nameof(folds));
        foreach (var set in new[] { true, false })
            if (fold.Where((_, i) => labels[i] == set).Distinct().Count() < 2)
                throw new ArgumentException("Each set needs samples in two folds or more.", nameof(folds));
        var tests = descriptions.Select(d => Rule.Of(d, labels, fold)).ToArray();
        var draws = options.Permutations + 1;
        var statistics = tests.Select(_ => new double[draws]).ToArray(); // the true sets are the first draw
        Parallel.For(0, draws, draw =>
        {
            var dealt = draw == 0 ? labels : Dealt(labels, fold, new Random(HashCode(options.Seed, draw)));
            for (var t = 0; t < tests.Length; t++) statistics[t][draw] = tests[t].Statistic(dealt);
        });
        foreach (var values in statistics) Standardise(values);
        var largest = Enumerable.Range(0, draws).Select(draw => statistics.Select(s => s[draw]).DefaultIfEmpty(0).Max()).ToArray();
        return [.. tests.Select((test, t) =>
            new Separation(test.Scores(labels), largest.Count(value => value >= statistics[t][0] - 1e-12) / (double)draws))];
    }

    // Not System.HashCode, which differs from run to run.
    private static int HashCode(int seed, int draw) => unchecked(seed * 1_000_003 + draw);

    /// <summary>The labels of each fold among its samples, so that every fold keeps its numbers.</summary>
    private static bool[] Dealt(bool[] labels, int[] fold, Random random)
    {
        var dealt = new bool[labels.Length];
        foreach (var members in Enumerable.Range(0, labels.Length).GroupBy(i => fold[i]))
        {
            int[] places = [.. members];
            bool[] own = [.. places.Select(i => labels[i])];
            random.Shuffle(own);
            for (var i = 0; i < places.Length; i++) dealt[places[i]] = own[i];
        }
        return dealt;
    }

    private static void Standardise(double[] values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        for (var i = 0; i < values.Length; i++) values[i] = deviation > 0 ? (values[i] - mean) / deviation : 0;
    }

    private abstract class Rule
    {
        public static Rule Of(SampleDescription description, bool[] labels, int[] fold)
        {
            Require.SameLength(labels.Length * description.Dimensions, description.Values.Length, nameof(description));
            foreach (var value in description.Values)
                if (!float.IsFinite(value)) throw new ArgumentException($"A description holds {value}; it has to be finite.");
            return description.Dimensions == 1 ? new OneNumber(description.Values, fold) : new Several(description, fold);
        }

        /// <summary>Higher where the sets differ more.</summary>
        public abstract double Statistic(bool[] labels);

        /// <summary>Cross-validated.</summary>
        public abstract double[] Scores(bool[] labels);
    }

    /// <summary>A number as its rank; the statistic is |AUROC − 0.5|, for which the permutations need no folds.</summary>
    private sealed class OneNumber : Rule
    {
        private readonly double[] _ranks; // 0 in the middle
        private readonly int[] _fold;

        public OneNumber(float[] values, int[] fold)
        {
            _fold = fold;
            var order = Enumerable.Range(0, values.Length).OrderBy(i => values[i]).ToArray();
            _ranks = new double[values.Length];
            for (int first = 0, next; first < order.Length; first = next)
            {
                next = first + 1;
                while (next < order.Length && values[order[next]] == values[order[first]]) next++;
                for (var k = first; k < next; k++) _ranks[order[k]] = (first + next - order.Length) / 2.0;
            }
        }

        // Ranks sum to 0, so that this is (AUROC − 0.5) · n₁ · n₀.
        public override double Statistic(bool[] labels)
        {
            double sum = 0;
            for (var i = 0; i < labels.Length; i++)
                if (labels[i]) sum += _ranks[i];
            return Math.Abs(sum);
        }

        public override double[] Scores(bool[] labels)
        {
            var scores = new double[labels.Length];
            foreach (var k in _fold.Distinct())
            {
                double Mean(bool set) =>
                    Enumerable.Range(0, labels.Length).Where(i => _fold[i] != k && labels[i] == set).Average(i => _ranks[i]);
                var direction = Mean(true) >= Mean(false) ? 1 : -1;
                for (var i = 0; i < scores.Length; i++)
                    if (_fold[i] == k) scores[i] = direction * _ranks[i];
            }
            return scores;
        }
    }

    /// <summary>The projection on the difference of the sets' means.</summary>
    private sealed class Several(SampleDescription description, int[] fold) : Rule
    {
        private readonly int _dimensions = description.Dimensions, _folds = fold.Max() + 1;

        public override double Statistic(bool[] labels) => Ranking.Auroc(Scores(labels), labels);

        public override double[] Scores(bool[] labels)
        {
            // Sums by fold and set; a fold's rule is learnt from the total less its own.
            var sums = new float[2, _folds + 1][];
            var counts = new int[2, _folds + 1];
            for (var set = 0; set < 2; set++)
                for (var k = 0; k <= _folds; k++) sums[set, k] = new float[_dimensions];
            for (var i = 0; i < labels.Length; i++)
            {
                var set = labels[i] ? 1 : 0;
                Add(sums[set, fold[i]], Row(i));
                counts[set, fold[i]]++;
            }
            for (var set = 0; set < 2; set++)
                for (var k = 0; k < _folds; k++)
                {
                    Add(sums[set, _folds], sums[set, k]);
                    counts[set, _folds] += counts[set, k];
                }
            var (directions, middles) = (new float[_folds][], new double[_folds]);
            for (var k = 0; k < _folds; k++)
            {
                float Mean(int set, int d) => (sums[set, _folds][d] - sums[set, k][d]) / (counts[set, _folds] - counts[set, k]);
                var direction = new float[_dimensions];
                for (var d = 0; d < _dimensions; d++) direction[d] = Mean(1, d) - Mean(0, d);
                var length = Math.Sqrt(Dot(direction, direction));
                for (var d = 0; d < _dimensions; d++)
                {
                    if (length > 0) direction[d] = (float)(direction[d] / length);
                    middles[k] += direction[d] * (double)(Mean(1, d) + Mean(0, d)) / 2;
                }
                directions[k] = direction;
            }
            var scores = new double[labels.Length];
            for (var i = 0; i < scores.Length; i++) scores[i] = Dot(directions[fold[i]], Row(i)) - middles[fold[i]];
            return scores;
        }

        private ReadOnlySpan<float> Row(int i) => description.Values.AsSpan(i * _dimensions, _dimensions);

        private static void Add(Span<float> sum, ReadOnlySpan<float> values)
        {
            var i = 0;
            for (; i <= sum.Length - Vector<float>.Count; i += Vector<float>.Count)
                (new Vector<float>(sum[i..]) + new Vector<float>(values[i..])).CopyTo(sum[i..]);
            for (; i < sum.Length; i++) sum[i] += values[i];
        }

        private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        {
            var total = Vector<float>.Zero;
            var i = 0;
            for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
                total += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
            double sum = Vector.Sum(total);
            for (; i < a.Length; i++) sum += a[i] * b[i];
            return sum;
        }
    }
}
