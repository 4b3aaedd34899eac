using Pentimento.Data;
using Pentimento.Imaging;
using static TorchSharp.torch;

namespace Pentimento.Tests.Data;

public sealed class PatchTests
{
    [Fact]
    public void Patches_are_squares_of_the_pictures_in_all_eight_symmetries()
    {
        using var source = new NumberedPixels((40, 30), (25, 60), (17, 16));
        using var data = Open(source, 16);
        using var loader = Loader(data, [0, 1, 2]);
        var symmetries = new HashSet<(double, double)>();
        foreach (var values in Epochs(loader, 40))
        {
            // A pixel's value is 1,000 · row + column (+ 100,000 for each picture): steps tell the symmetry.
            var (down, right) = (values[16] - values[0], values[1] - values[0]);
            symmetries.Add((down, right));
            for (var i = 0; i < 256; i++) Assert.Equal(values[0] + i / 16 * down + i % 16 * right, values[i]);
        }
        Assert.Equal(8, symmetries.Count);
    }

    [Fact]
    public void Patches_come_from_everywhere()
    {
        using var source = new NumberedPixels((20, 20));
        using var data = Open(source, 16);
        using var loader = Loader(data, [0]);
        var corners = Epochs(loader, 400).Select(v => v.Min()).Distinct().Count();
        Assert.Equal(25, corners); // 5 × 5 places
    }

    [Fact]
    public void The_same_seed_and_epoch_give_the_same_patches_also_from_the_middle_of_an_epoch_and_without_memory()
    {
        using var source = new NumberedPixels((40, 30), (25, 60), (50, 50), (31, 32));
        using ImageDataset kept = Open(source, 16), decoded = Open(source, 16, memory: 0);
        Assert.True(kept.IsCached);
        Assert.False(decoded.IsCached);
        using BatchLoader a = Loader(kept, [0, 1, 2, 3]), b = Loader(decoded, [0, 1, 2, 3]), c = Loader(kept, [0, 1, 2, 3], seed: 2);
        var all = Batches(a, epoch: 3);
        Assert.Equal(all, Batches(b, epoch: 3));
        Assert.Equal(all[2..], Batches(a, epoch: 3, skip: 2));
        Assert.NotEqual(all, Batches(a, epoch: 4));
        Assert.NotEqual(all, Batches(c, epoch: 3));
    }

    [Fact]
    public void Reading_by_index_gives_the_middle()
    {
        using var source = new NumberedPixels((40, 30));
        using var data = Open(source, 16);
        using var image = data.Read([0]);
        Assert.Equal(new ImageShape(1, 16, 16), data.Shape);
        Assert.Equal(12_007, Numbers(image)[0]);
    }

    [Fact]
    public void A_picture_smaller_than_a_patch_is_mirrored()
    {
        using var source = new NumberedPixels((1, 3));
        using var data = Open(source, 9);
        using var image = data.Read([0]);
        Assert.Equal([1, 2, 1, 0, 1, 2, 1, 0, 1], Numbers(image)[..9]);
    }

    [Fact]
    public void An_epoch_sees_about_every_pixel_once()
    {
        using var source = new NumberedPixels((32, 32), (16, 64), (3, 3));
        using var data = Open(source, 16);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 2], data.RepeatForPatches([0, 1, 2]));
    }

    [Fact]
    public void A_picture_is_decoded_about_once_an_epoch_where_the_pictures_do_not_fit_in_memory()
    {
        using var source = new NumberedPixels([.. Enumerable.Repeat((64, 64), 12)]);
        using var data = Open(source, 16, memory: 3 * 64 * 64 * 2); // three of twelve pictures of 16 bit
        using var loader = new BatchLoader(
            data, data.RepeatForPatches([.. Enumerable.Range(0, 12)]), new BatchLoaderOptions { BatchSize = 4, Shuffle = true });
        source.Reads = 0;
        Batches(loader, epoch: 0);
        // All twelve are one group here, so this shows only that those used last are kept; groups are of 512 MiB.
        Assert.InRange(source.Reads, 12, 12 * 16 - 20);
    }

    [Fact]
    public void Pictures_of_different_sizes_are_read_one_by_one_and_are_the_same_set_as_their_patches()
    {
        using var source = new NumberedPixels((40, 30), (25, 60));
        using var whole = new ImageDataset(source, new ImageDatasetOptions { MixedSizes = true });
        using var patches = Open(source, 16);
        using var second = whole.Read([1]);
        Assert.Equal([1L, 1, 25, 60], second.shape);
        Assert.Equal(new ImageShape(1, 40, 60), whole.Shape);
        Assert.False(whole.HasOneShape);
        Assert.Throws<ArgumentException>(() => whole.Read([0, 1]));
        Assert.Equal(whole.Fingerprint, patches.Fingerprint);
    }

    private static ImageDataset Open(ImageSource source, int patch, long memory = 1 << 20) =>
        new(source, new ImageDatasetOptions { PatchSize = patch, MemoryBudget = memory });

    private static BatchLoader Loader(ImageDataset data, int[] indices, long seed = 1) =>
        new(data, data.RepeatForPatches(indices), new BatchLoaderOptions { BatchSize = 3, Shuffle = true, Seed = seed });

    private static IEnumerable<int[]> Epochs(BatchLoader loader, int epochs)
    {
        for (var epoch = 0; epoch < epochs; epoch++)
            foreach (var batch in loader.Epoch(epoch))
                using (batch)
                    foreach (var patch in Numbers(batch.Images).Chunk(256)) yield return patch;
    }

    private static List<string> Batches(BatchLoader loader, int epoch, int skip = 0)
    {
        List<string> batches = [];
        foreach (var batch in loader.Epoch(epoch, skip))
            using (batch) batches.Add(string.Join(',', Numbers(batch.Images)));
        return batches;
    }

    private static int[] Numbers(Tensor images) => [.. images.data<float>().Select(v => (int)Math.Round(v * 65535))];

    /// <summary>16-bit pictures in which a pixel's value is 1,000 · row + column.</summary>
    private sealed class NumberedPixels(params (int Height, int Width)[] sizes)
        : ImageSource("numbered", [.. sizes.Select((_, i) => new ImageItem($"{i}"))])
    {
        private int _reads;

        public int Reads
        {
            get => _reads;
            set => _reads = value;
        }

        public override string Kind => "test images";

        public override int Channels => 1;

        public override RasterImage Read(int index)
        {
            Interlocked.Increment(ref _reads);
            var (height, width) = sizes[index];
            return new RasterImage(new ImageShape(1, height, width),
                [.. Enumerable.Range(0, height * width).Select(i => (ushort)(1000 * (i / width) + i % width))]);
        }
    }
}
