using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>
/// What spoils an image: one kind of noise, several on top of each other (<see cref="NoiseChain"/>), or one of several by chance
/// (<see cref="NoiseMixture"/>). All that is random comes from the generator, so the same seed gives the same noise. Written as
/// text, as in "gaussian(0-0.5,clip) + jpeg(30-95)", on the command line and in JSON.
/// </summary>
[JsonConverter(typeof(NoiseJsonConverter))]
public abstract record Noise
{
    /// <summary>A noisy copy of some images, each with its own level where levels have ranges.</summary>
    /// <param name="images">(N, C, H, W), float32, [0, 1]; left as it is.</param>
    /// <param name="generator">Where the numbers come from; it may lie on the CPU and the images on a GPU.</param>
    /// <returns>A tensor of the same shape and type; the caller's dispose scope owns it.</returns>
    public abstract Tensor AddTo(Tensor images, Generator generator);

    /// <summary>What is out of range, each in a few words; empty for noise that can be used.</summary>
    public abstract IEnumerable<string> Faults { get; }

    /// <summary>The kinds with their numbers, as in "gaussian(σ)" and "camera(gain,read)".</summary>
    public static IReadOnlyList<string> Kinds => NoiseText.Kinds;

    /// <summary>Reads noise from text, as in "2*gaussian(0-0.5,clip) | camera(0.01,0.02) + jpeg(30-95)".</summary>
    /// <exception cref="FormatException">It is no noise; the message says what is wrong, and what there is.</exception>
    public static Noise Parse(string text) => NoiseText.Parse(text);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public sealed override string ToString() => Text;

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    protected internal abstract string Text { get; }

    /// <summary>One kind with its numbers, as in "gaussian(0-0.5,clip)".</summary>
    private protected static string Call(string name, bool clip, params LevelRange[] levels) => Call(name, clip, false, levels);

    /// <summary>One kind with its numbers, as in "gaussian(0-0.5,shared,clip)".</summary>
    private protected static string Call(string name, bool clip, bool shared, params LevelRange[] levels) =>
        $"{name}({string.Join(',', levels.Select(l => l.ToString()))}{(shared ? ",shared" : "")}{(clip ? ",clip" : "")})";

    /// <summary>The values within [0, 1], as a file would have them, where that is asked for.</summary>
    private protected static Tensor Clipped(Tensor values, bool clip) => clip ? values.clamp_(0, 1) : values;

    /// <summary>A complaint where a level is out of range.</summary>
    private protected static IEnumerable<string> Check(
        string name, LevelRange level, double least, double most, bool mayBeNone = false)
    {
        if (!level.IsWithin(least, most)) yield return $"{name} is {level}; it must be {least} to {most}";
        else if (level.To == 0 && !mayBeNone) yield return $"{name} is 0; it must be above 0";
    }
}
