using Pentimento.Data;
using Pentimento.Imaging;

namespace Pentimento.Tests.Data;

public sealed class ImageDatasetTests
{
    private static readonly ImageDatasetOptions NoMemory = new() { MemoryBudget = 0 };

    [Fact]
    public void Every_8_bit_value_becomes_exactly_its_255th_part()
    {
        var all = Enumerable.Range(0, 256).Select(v => (byte)v).ToArray();
        using var data = new ImageDataset(new MemorySource(1, _ => new(new ImageShape(1, 16, 16), all)));
        using var batch = data.Read([0]);
        Assert.Equal(all.Select(v => v / 255f), batch.data<float>());
    }

    [Fact]
    public void Every_16_bit_value_becomes_exactly_its_65535th_part()
    {
        var all = Enumerable.Range(0, 65536).Select(v => (ushort)v).ToArray();
        using var data = new ImageDataset(new MemorySource(1, _ => new(new ImageShape(1, 256, 256), all)));
        using var batch = data.Read([0]);
        Assert.Equal(all.Select(v => v / 65535f), batch.data<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_holds_the_images_asked_for_as_planes(bool cached)
    {
        using var source = new MemorySource(3, i => new(new ImageShape(3, 1, 2), [(byte)(i * 10), 51, 102, 255, 153, 204]));
        using var data = new ImageDataset(source, (cached ? new() : NoMemory) with { Preprocessing = new() });
        Assert.Equal(cached, data.IsCached);
        using var batch = data.Read([2, 0, 2]);
        Assert.Equal([3, 3, 1, 2], batch.shape);
        float[] Image(int i) => [i * 10 / 255f, 1, 0.2f, 0.6f, 0.4f, 0.8f];
        Assert.Equal([.. Image(2), .. Image(0), .. Image(2)], batch.data<float>());
    }

    [Fact]
    public void Images_that_fit_in_memory_are_decoded_once_others_whenever_they_are_asked_for()
    {
        using var source = new MemorySource(20);
        using var kept = new ImageDataset(source, new() { MemoryBudget = 20 });
        using var first = kept.Read([0, 1, 2]);
        Assert.Equal(20, source.Reads);

        using var other = new MemorySource(20);
        using var notKept = new ImageDataset(other, new() { MemoryBudget = 19 });
        using var second = notKept.Read([0, 1, 2]);
        Assert.Equal(23, other.Reads);
        Assert.Equal(first.data<float>().ToArray(), second.data<float>().ToArray());
        Assert.Equal(kept.Fingerprint, notKept.Fingerprint);
    }

    [Fact]
    public void The_first_image_of_another_shape_is_named_whatever_order_they_are_decoded_in()
    {
        using var source = new MemorySource(500, i => i < 333 ? MemorySource.Dot(1) : new(new ImageShape(1, 1, i), new byte[i]));
        var error = Assert.Throws<InvalidDataException>(() => new ImageDataset(source));
        Assert.StartsWith("Image 'image 333' is 1×1×333, but 'image 0' is 1×1×1.", error.Message, StringComparison.Ordinal);
        Assert.Contains("--size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_unreadable_image_is_the_error_whatever_order_they_are_decoded_in()
    {
        using var source = new MemorySource(
            500, i => i >= 250 ? throw new InvalidDataException($"file {i}") : MemorySource.Dot(1));
        Assert.Equal("file 250", Assert.Throws<InvalidDataException>(() => new ImageDataset(source)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unreadable_images_are_left_out_and_listed_on_request(bool cached)
    {
        using var source = new MemorySource(
            10, i => i is 0 or 4 ? throw new IOException($"file {i}") : MemorySource.Dot((byte)i));
        using var data = new ImageDataset(source, (cached ? new() : NoMemory) with { SkipUnreadable = true });
        Assert.Equal(8, data.Count);
        Assert.Equal([new("image 0", "file 0"), new("image 4", "file 4")], data.Skipped);
        Assert.Equal("image 5", data.Items[3].Id);
        using var batch = data.Read([3]);
        Assert.Equal(5 / 255f, batch.item<float>());
    }

    [Fact]
    public void Nothing_readable_is_an_error_even_when_unreadable_images_are_skipped()
    {
        using var source = new MemorySource(3, i => throw new InvalidDataException($"file {i}"));
        var error = Assert.Throws<InvalidDataException>(() => new ImageDataset(source, new() { SkipUnreadable = true }));
        Assert.Equal("None of the 3 images of 'memory' can be read. file 0", error.Message);
    }

    [Fact]
    public void A_fault_that_is_not_the_images_is_not_skipped_and_comes_out_as_it_is()
    {
        using var source = new MemorySource(10, i => i == 7 ? throw new NotSupportedException("mine") : MemorySource.Dot(1));
        Assert.Throws<NotSupportedException>(() => new ImageDataset(source, new() { SkipUnreadable = true }));
    }

    [Fact]
    public void Real_files_are_read_preprocessed_and_a_damaged_one_is_named()
    {
        using var folder = new TemporaryFolder();
        TinySets.WritePng(folder["a.png"], 51, height: 8, width: 12);
        var damaged = TinySets.WritePng(folder["b.png"], 102, height: 12, width: 8);
        var options = new ImageDatasetOptions { Preprocessing = new Preprocessing { Resize = 4, Crop = 4 } };
        using (var data = ImageDataset.Open(folder.Path, options))
        {
            using var batch = data.Read([0, 1]);
            Assert.Equal([2, 3, 4, 4], batch.shape);
            Assert.Equal([0.2f, 0.4f], [batch[0, 0, 0, 0].item<float>(), batch[1, 2, 3, 3].item<float>()]);
        }
        File.WriteAllBytes(damaged, File.ReadAllBytes(damaged)[..50]);
        var error = Assert.Throws<InvalidDataException>(() => ImageDataset.Open(folder.Path, options));
        Assert.Contains(damaged, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_changes_with_pixels_labels_ids_and_order_but_not_with_the_path()
    {
        static string Of(params (string Id, string? Label, byte Value)[] images)
        {
            using var source = new MemorySource(
                [.. images.Select(i => new ImageItem(i.Id, i.Label))], i => MemorySource.Dot(images[i].Value));
            using var data = new ImageDataset(source);
            return data.Fingerprint;
        }

        var one = Of(("a", "x", 1), ("b", null, 2));
        Assert.Equal(64, one.Length);
        Assert.Equal(one, Of(("a", "x", 1), ("b", null, 2)));
        string[] others =
        [
            Of(("a", "x", 1), ("b", null, 3)), Of(("a", "y", 1), ("b", null, 2)), Of(("a", "x", 1), ("c", null, 2)),
            Of(("b", null, 2), ("a", "x", 1)), Of(("ax", "", 1), ("b", null, 2)),
        ];
        Assert.DoesNotContain(one, others);
        Assert.Distinct(others);
    }

    [Fact]
    public void Progress_ends_with_the_number_of_images()
    {
        List<int> told = [];
        using var data = new ImageDataset(new MemorySource(1000), progress: new Listener(told.Add));
        Assert.Equal(1000, told[^1]);
        Assert.InRange(told.Count, 2, 110);
    }

    [Fact]
    public void Progress_is_told_one_number_at_a_time_and_in_order()
    {
        List<int> told = [];
        var telling = 0;
        using var data = new ImageDataset(new MemorySource(60), progress: new Listener(count =>
        {
            Assert.Equal(1, Interlocked.Increment(ref telling));
            Thread.Sleep(1); // long enough for another thread to come in between
            told.Add(count);
            Interlocked.Decrement(ref telling);
        }));
        Assert.Equal(told.Order(), told);
        Assert.Equal(60, told[^1]);
    }

    [Fact]
    public void Cancelling_ends_the_decoding()
    {
        using var cancel = new CancellationTokenSource();
        using var source = new MemorySource(100_000, i =>
        {
            if (i == 10) cancel.Cancel();
            return MemorySource.Dot(0);
        });
        Assert.Throws<OperationCanceledException>(() => new ImageDataset(source, cancellation: cancel.Token));
        Assert.InRange(source.Reads, 1, 50_000);
    }

    [Fact]
    public void Wrong_indices_are_refused_with_the_number_of_images()
    {
        using var data = new ImageDataset(new MemorySource(3));
        var error = Assert.Throws<ArgumentException>(() => data.Read([0, 3]));
        Assert.Contains("no image 3; the dataset has 3", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => data.Read([-1]));
        Assert.Throws<ArgumentException>(() => data.Read([]));
    }

    [Fact]
    public void Two_images_with_one_id_are_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => new MemorySource([new("a"), new("a")], _ => MemorySource.Dot(0)));
        Assert.Contains("'a' twice", error.Message, StringComparison.Ordinal);
    }

    private sealed class Listener(Action<int> told) : IProgress<int>
    {
        public void Report(int value) => told(value);
    }
}
