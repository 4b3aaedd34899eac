using Pentimento.Auditing;
using Pentimento.Data;
using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Metrics;
using static TorchSharp.torch;

namespace Pentimento.Experiments;

/// <summary>
/// Changes some pictures of each set in ways that leave what they show as it is (<see cref="Perturbation"/>), and gathers what
/// that does to their scores. What a detector looks at in them is taken up once, for all fits.
/// </summary>
internal sealed class SensitivityMeasurement
{
    private readonly Dictionary<int, Tensor[]> _ofNormal, _ofOther;
    private readonly List<Observation>[] _observations = [.. Perturbation.All.Select(_ => new List<Observation>())];

    private SensitivityMeasurement(Dictionary<int, Tensor[]> ofNormal, Dictionary<int, Tensor[]> ofOther) =>
        (_ofNormal, _ofOther) = (ofNormal, ofOther);

    /// <summary>The changed normal pictures, as indices into their set.</summary>
    public IReadOnlyCollection<int> Normal => _ofNormal.Keys;

    /// <summary>The changed other pictures, as indices into their set.</summary>
    public IReadOnlyCollection<int> Other => _ofOther.Keys;

    /// <summary>Draws pictures, changes them and looks at them; the caller's dispose scope owns what is found.</summary>
    public static SensitivityMeasurement Of(
        AnomalyDetector detector, ImageDataset normal, IReadOnlyList<int> ofNormal, ImageDataset other, IReadOnlyList<int> ofOther,
        int count, int seed, Action<int> tell, CancellationToken cancel)
    {
        var done = 0;
        Dictionary<int, Tensor[]> Some(ImageDataset images, IReadOnlyList<int> indices)
        {
            int[] drawn = [.. indices];
            new SeededRandom(seed).Shuffle<int>(drawn);
            var found = new Dictionary<int, Tensor[]>();
            foreach (var index in drawn.Take(count).Order())
            {
                cancel.ThrowIfCancellationRequested();
                var original = images.ReadOriginal(index);
                found[index] = [.. Perturbation.All.Select(change => Look(detector, change.Apply(original)))];
                tell(++done);
            }
            return found;
        }
        return new SensitivityMeasurement(Some(normal, ofNormal), Some(other, ofOther));
    }

    /// <summary>Scores the changed forms of a picture with a fit that did not see it.</summary>
    public void Add(AnomalyDetector fitted, bool isOther, int index, double before)
    {
        var (calibration, scale) = (fitted.Calibration, ScoreScale.Of(fitted.Calibration));
        var forms = (isOther ? _ofOther : _ofNormal)[index];
        for (var i = 0; i < forms.Length; i++)
        {
            var after = fitted.Score(forms[i]);
            _observations[i].Add(new Observation(
                isOther, (after - before) / (scale.Width / 2), calibration.Answer(before), calibration.Answer(after)));
        }
    }

    /// <summary>What came out; empty where no picture was changed.</summary>
    public IReadOnlyList<SensitivityRow> Rows()
    {
        if (_observations[0].Count == 0) return [];
        return [.. Perturbation.All.Zip(_observations, (change, all) =>
        {
            Observation[] normal = [.. all.Where(o => !o.IsOther)], other = [.. all.Where(o => o.IsOther)];
            double[] shifts = [.. normal.Select(o => o.Shift)];
            return new SensitivityRow(
                change.Name, Quantile(shifts, 0.5), Quantile(shifts, 0.05), Quantile(shifts, 0.95),
                Quantile([.. other.Select(o => o.Shift)], 0.5), Flagged(normal, o => o.Before), Flagged(normal, o => o.After),
                Flagged(other, o => o.Before), Flagged(other, o => o.After), all.Average(o => o.Before == o.After ? 0.0 : 1));
        })];
    }

    private static Tensor Look(AnomalyDetector detector, RasterImage changed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return detector.Extract(detector.Preprocessing.Apply(changed).ToTensor().unsqueeze(0)).clone().MoveToOuterDisposeScope();
    }

    private static double Quantile(double[] values, double q) => values.Length == 0 ? double.NaN : Quantiles.Of(values, q);

    private static double Flagged(Observation[] observations, Func<Observation, Answer> answer) =>
        observations.Length == 0 ? double.NaN : observations.Average(o => answer(o) == Answer.DoesNotBelong ? 1.0 : 0);

    private readonly record struct Observation(bool IsOther, double Shift, Answer Before, Answer After);
}
