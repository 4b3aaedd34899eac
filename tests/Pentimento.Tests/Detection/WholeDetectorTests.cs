using System.Text;
using Pentimento.Detection;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Detection;

/// <summary>A detector's parts are checked when its file is opened, not at its first picture.</summary>
public sealed class WholeDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Fast => ["features", "known-others", "known-kinds", "descriptors", "patchcore", "padim"];

    private string Changed(string name, string part, Func<byte[], byte[]> change)
    {
        using var detector = SmallSets.Fitted(name);
        using var bundle = detector.ToBundle();
        bundle.Parts[part] = change(bundle.Parts[part]);
        bundle.Save(_folder["model.pent"]);
        return _folder["model.pent"];
    }

    private static byte[] Tensors(byte[] bytes, Func<string, Tensor, Tensor> change)
    {
        using var scope = NewDisposeScope();
        var (tensors, _) = Safetensors.Read(new MemoryStream(bytes), bytes.Length, "part");
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors.ToDictionary(t => t.Key, t => change(t.Key, t.Value)));
        foreach (var tensor in tensors.Values) tensor.Dispose();
        return stream.ToArray();
    }

    private static InvalidDataException Refused(string path)
    {
        var e = Assert.Throws<InvalidDataException>(() => AnomalyDetector.Load(path));
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        return e;
    }

    [Theory]
    [MemberData(nameof(Fast))]
    public void What_it_has_learnt_must_be_numbers(string name)
    {
        var path = Changed(name, "detector.safetensors", bytes => Tensors(bytes, (_, tensor) =>
            tensor.is_floating_point() && tensor.numel() > 0 ? tensor.flatten().index_fill(0, zeros(1, ScalarType.Int64), float.NaN)
                .reshape(tensor.shape) : tensor));
        Assert.Contains("not finite", Refused(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Fast))]
    public void What_it_has_learnt_must_be_of_the_type_that_it_is_written_in(string name) => Refused(
        Changed(name, "detector.safetensors", bytes => Tensors(bytes, (_, tensor) => tensor.to(ScalarType.Float64))));

    [Theory]
    [MemberData(nameof(Fast))]
    public void What_it_has_learnt_must_go_with_what_it_looks_at(string name) => Refused(
        Changed(name, "detector.safetensors", bytes => Tensors(bytes, (_, tensor) =>
            tensor.dim() == 0 || tensor.shape[^1] < 2 ? tensor : tensor.narrow(-1, 0, tensor.shape[^1] / 2).contiguous())));

    [Theory]
    [InlineData("calibration.json", "threshold", "threshol")]
    [InlineData("calibration.json", "falseAlarmRate\":", "falseAlarmRate\":7")]
    [InlineData("detector.json", "\"bankSize\": ", "\"bankSize\": -")]
    [InlineData("detector.json", "descriptors", "nothing")]
    [InlineData("detector.safetensors", "F32", "F99")]
    public void A_damaged_part_is_one_line(string part, string old, string with) => Refused(
        Changed("descriptors", part, bytes =>
            Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(old, with, StringComparison.Ordinal))));
}
