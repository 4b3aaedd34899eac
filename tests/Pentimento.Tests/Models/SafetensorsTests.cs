using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Pentimento.Models;
using static TorchSharp.torch;

namespace Pentimento.Tests.Models;

public sealed class SafetensorsTests
{
    private static readonly ScalarType[] s_types = [ScalarType.Float32, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Byte];

    [Fact]
    public void Tensors_of_any_shape_and_type_come_back() =>
        Gen.Select(Gen.Long[0, 5].Array[0, 4], Gen.Int[0, 3].Select(i => s_types[i]))
            .Sample((shape, type) =>
            {
                using var scope = NewDisposeScope();
                var tensor = ones(shape, type).cumsum(0, type: type);
                using var stream = new MemoryStream();
                Safetensors.Write(stream, new Dictionary<string, Tensor> { ["x.y"] = tensor, ["a"] = tensor },
                    new Dictionary<string, string> { ["k"] = "é" });
                stream.Position = 0;
                var (tensors, metadata) = Safetensors.Read(stream, stream.Length, "test");
                Assert.Equal("é", metadata["k"]);
                Assert.Equal(shape, tensors["x.y"].shape);
                Assert.Equal(type, tensors["a"].dtype);
                Assert.True(tensors["x.y"].equal(tensor).all().item<bool>());
            }, iter: 50);

    [Fact]
    public void The_bytes_are_those_of_the_published_format()
    {
        using var stream = new MemoryStream();
        using var values = tensor(new float[] { 1, 2 });
        Safetensors.Write(stream, new Dictionary<string, Tensor> { ["w"] = values });
        var bytes = stream.ToArray();
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
            Encoding.UTF8.GetString(bytes, 8, header).TrimEnd());
        Assert.Equal(2f, BitConverter.ToSingle(bytes, 8 + header + 4));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "does not fit its place")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "more values than can be counted")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""", "negative")]
    [InlineData("""{"w":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}""", "unknown type 'X9'")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "does not fit its place")]
    [InlineData("""{"w":{"dtype":"F32"}}""", "not a whole safetensors file")]
    [InlineData("""{"w":""", "not a whole safetensors file")]
    public void A_header_that_lies_is_refused(string header, string message)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + 8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        var e = Assert.Throws<InvalidDataException>(
            () => Safetensors.Read(new MemoryStream(bytes), bytes.Length, "file.safetensors"));
        Assert.StartsWith("file.safetensors: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0,4611686018427387904,4611686018427387904]", "more values than can be counted")]
    [InlineData("[1099511627776,0,1099511627776]", "more values than can be counted")]
    [InlineData("[0,-1]", "negative size")]
    [InlineData("[0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "17 dimensions, more than 16")]
    public void A_shape_that_libtorch_cannot_multiply_is_named(string shape, string reason)
    {
        var header = Encoding.UTF8.GetBytes(
            """{"a":{"dtype":"F32","shape":SHAPE,"data_offsets":[0,0]}}""".Replace("SHAPE", shape, StringComparison.Ordinal));
        var bytes = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        var e = Assert.Throws<InvalidDataException>(() => Safetensors.Read(new MemoryStream(bytes), bytes.Length, "x.safetensors"));
        Assert.StartsWith("x.safetensors: not a whole safetensors file: tensor 'a' has ", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_length_beyond_the_file_allocates_nothing()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, long.MaxValue);
        Assert.Throws<InvalidDataException>(() => Safetensors.Read(new MemoryStream(bytes), bytes.Length, "x"));
    }
}
