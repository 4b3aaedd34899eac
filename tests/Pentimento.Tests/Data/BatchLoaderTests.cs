using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Data;

[Collection(nameof(LiveTensors))]
public sealed class BatchLoaderTests
{
    private static readonly BatchLoaderOptions Shuffled = new() { BatchSize = 4, Shuffle = true, Seed = 5 };

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    public void The_order_depends_on_seed_and_epoch_alone(bool cached, int workers)
    {
        using var data = Open(new MemorySource(30, SlowDot), cached);
        int[] indices = [.. Enumerable.Range(0, 30).Where(i => i % 7 != 0)];
        using var loader = new BatchLoader(data, indices, Shuffled with { Workers = workers });

        var epochs = Enumerable.Range(0, 3).Select(epoch => Values(loader.Epoch(epoch))).ToArray();

        Assert.All(epochs, values => Assert.Equal(indices, values.SelectMany(v => v).Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(epochs[1], Values(loader.Epoch(1)));
        Assert.Equal(epochs[2].SelectMany(v => v), loader.Order(2));
        // From Fixtures/seeded_order.py. Other numbers would mean that runs cannot be repeated, nor resumed from old checkpoints.
        Assert.Equal(
            [11, 18, 13, 3, 27, 25, 17, 15, 12, 9, 26, 19, 10, 4, 16, 24, 6, 5, 2, 23, 20, 8, 22, 1, 29], loader.Order(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(8)]
    public void An_epoch_resumed_after_some_batches_goes_on_as_if_never_left(int skip)
    {
        using var data = Open(new MemorySource(30), cached: true);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 30)], Shuffled);
        Assert.Equal(8, loader.BatchesPerEpoch);
        Assert.Equal(Values(loader.Epoch(3)).Skip(skip), Values(loader.Epoch(3, skip)));
        foreach (var batch in loader.Epoch(3, skip).Take(1))
            using (batch) Assert.Equal(skip, batch.Number);
    }

    [Fact]
    public void Skipped_batches_are_not_decoded()
    {
        using var source = new MemorySource(30);
        using var data = Open(source, cached: false);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 30)], Shuffled);
        var before = source.Reads;
        Values(loader.Epoch(0, 6));
        Assert.Equal(6, source.Reads - before);
    }

    [Fact]
    public void Without_shuffling_the_order_is_that_of_the_indices_and_the_last_batch_is_what_is_left()
    {
        using var data = Open(new MemorySource(10), cached: true);
        using var loader = new BatchLoader(data, [9, 1, 5, 2, 7], new() { BatchSize = 2 });
        Assert.Equal([[9, 1], [5, 2], [7]], Values(loader.Epoch(0)));
        Assert.Equal((3, 5), (loader.BatchesPerEpoch, loader.ImagesPerEpoch));
    }

    [Fact]
    public void A_last_batch_that_is_not_full_can_be_left_out()
    {
        using var data = Open(new MemorySource(10), cached: true);
        using var loader = new BatchLoader(data, [9, 1, 5, 2, 7], new() { BatchSize = 2, DropLast = true });
        Assert.Equal([[9, 1], [5, 2]], Values(loader.Epoch(0)));
        Assert.Equal((2, 4), (loader.BatchesPerEpoch, loader.ImagesPerEpoch));
        Assert.Throws<ArgumentException>(() => new BatchLoader(data, [1], new() { BatchSize = 2, DropLast = true }));
    }

    [Fact]
    public void An_unreadable_image_comes_out_where_its_batch_would_have_with_its_own_error()
    {
        var damaged = false;
        using var source = new MemorySource(
            40, i => damaged && i == 22 ? throw new InvalidDataException("file 22") : MemorySource.Dot((byte)i));
        using var data = Open(source, cached: false);
        damaged = true;
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 40)], new() { BatchSize = 5, Workers = 3 });
        var before = LiveTensors.Count();
        var seen = 0;
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var batch in loader.Epoch(0))
                using (batch) seen++;
        });
        Assert.Equal("file 22", error.Message);
        Assert.Equal(4, seen);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leaving_an_epoch_early_leaves_no_tensor_behind(bool cached)
    {
        using var data = Open(new MemorySource(200), cached);
        using var loader = new BatchLoader(data, [.. Enumerable.Range(0, 200)], new() { BatchSize = 5, Workers = 4 });
        Values(loader.Epoch(0));
        var before = LiveTensors.Count();
        for (var epoch = 0; epoch < 20; epoch++)
            foreach (var batch in loader.Epoch(epoch))
                using (batch)
                    if (batch.Number == 3) break;
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Disposing_in_the_middle_of_an_epoch_ends_the_work_and_frees_what_was_made_ahead()
    {
        using var source = new MemorySource(1000, SlowDot);
        using var data = Open(source, cached: false);
        var before = LiveTensors.Count();
        var loader = new BatchLoader(data, [.. Enumerable.Range(0, 1000)], new() { BatchSize = 100, Workers = 2 });
        using var epoch = loader.Epoch(0).GetEnumerator();
        Assert.True(epoch.MoveNext());

        loader.Dispose();

        var reads = source.Reads;
        Assert.Equal(before + 1, Tensor.TotalCount); // the batch that was taken stays valid
        Assert.Equal(100, epoch.Current.Images.shape[0]);
        epoch.Current.Dispose();
        Assert.Throws<ObjectDisposedException>(() => epoch.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => loader.Epoch(1));
        Thread.Sleep(30);
        Assert.Equal(reads, source.Reads);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void No_more_is_made_ahead_than_the_memory_allows()
    {
        using var source = new MemorySource(100, i => new(new ImageShape(1, 8, 8), new byte[64]));
        using var data = Open(source, cached: false);
        // One batch of 10 takes 2,560 bytes.
        using var loader = new BatchLoader(
            data, [.. Enumerable.Range(0, 100)], new() { BatchSize = 10, Workers = 8, MemoryBudget = 2 * 2560 });
        var before = source.Reads;
        using var epoch = loader.Epoch(0).GetEnumerator();
        Assert.True(epoch.MoveNext());
        Thread.Sleep(50);
        Assert.Equal(20, source.Reads - before);
        epoch.Current.Dispose();
    }

    [Fact]
    public void A_batch_outlives_the_dispose_scope_of_its_consumer_and_dies_with_itself()
    {
        using var data = Open(new MemorySource(10), cached: true);
        using var loader = new BatchLoader(data, [1, 2], new() { BatchSize = 2 });
        ImageBatch batch;
        using (NewDisposeScope())
            batch = loader.Epoch(0).First();
        Assert.False(batch.Images.IsInvalid);
        batch.Dispose();
        Assert.True(batch.Images.IsInvalid);
    }

    [Fact]
    public void Wrong_options_and_indices_are_refused_before_any_work()
    {
        using var data = Open(new MemorySource(10), cached: true);
        var error = Assert.Throws<ArgumentException>(() =>
            new BatchLoader(data, [1], new() { BatchSize = 0, Workers = 65, MemoryBudget = -1 }));
        foreach (var option in new[] { "BatchSize is 0", "Workers is 65", "MemoryBudget is -1" })
            Assert.Contains(option, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BatchLoader(data, []));
        Assert.Throws<ArgumentException>(() => new BatchLoader(data, [10]));
        using var loader = new BatchLoader(data, [1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => loader.Epoch(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => loader.Epoch(0, 2));
    }

    private static RasterImage SlowDot(int i)
    {
        Thread.SpinWait(i * 37 % 5 * 2000); // so that batches are finished out of order
        return MemorySource.Dot((byte)i);
    }

    private static ImageDataset Open(MemorySource source, bool cached) =>
        new(source, cached ? new() : new() { MemoryBudget = 0 });

    // The images of each batch, recognised by their pixels, which must agree with the batch's indices.
    private static int[][] Values(IEnumerable<ImageBatch> batches)
    {
        var result = new List<int[]>();
        foreach (var batch in batches)
        {
            using (batch)
            {
                int[] values = [.. batch.Images.data<float>().Select(v => (int)Math.Round(v * 255))];
                Assert.Equal(batch.Indices, values);
                result.Add(values);
            }
        }
        return [.. result];
    }
}
