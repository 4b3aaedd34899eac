using Pentimento.Detection;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Tests.Detection;

/// <summary>Backbones without the stages that detectors of the places in a picture work on.</summary>
public sealed class ShallowBackboneTests
{
    public static TheoryData<string> Names => [.. Detectors.Names.Where(name => Detectors.Facts(name).NeedsBackbone)];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_works_or_is_refused_in_words_before_any_picture_is_looked_at(string name)
    {
        using var backbone = Backbones.Create(
            "denoiser", InputConvention.Plain, new Dictionary<string, int> { ["width"] = 16, ["levels"] = 2 });
        AnomalyDetector Create() => Detectors.Create(name, new DetectorSetup(new Preprocessing { Resize = 48, Crop = 48 })
        {
            Backbone = backbone,
        });
        AnomalyDetector detector;
        try
        {
            detector = Create();
        }
        catch (ArgumentException e)
        {
            Assert.StartsWith("The ", e.Message, StringComparison.Ordinal);
            Assert.Contains("backbone 'denoiser'", e.Message, StringComparison.Ordinal);
            return;
        }
        Assert.False(name is "patchcore" or "padim", "it has no places of the sizes that it needs");
        using var scope = TorchSharp.torch.NewDisposeScope();
        using (detector)
            Assert.True(detector.Extract(SmallSets.Pictures(1)[0].ToTensor().unsqueeze(0)).isfinite().all().item<bool>());
    }
}
