using Pentimento.Export;
using Pentimento.Imaging;
using Pentimento.Models;

namespace Pentimento.Tests.Export;

[Collection(nameof(LiveTensors))]
public sealed class ExportLeakTests
{
    [Fact]
    public void Exporting_leaves_no_tensors()
    {
        using var folder = new TemporaryFolder();
        var network = ExportedNetworks.Create("unet", new ImageShape(3, 16, 16), ("width", 8), ("sigma", 1));
        using var model = new ModelBundle(ModelTask.Denoise, network, new Preprocessing());
        LiveTensors.AssertNoneLeft(() => OnnxExport.Write(model, folder["model.onnx"]));
    }
}
