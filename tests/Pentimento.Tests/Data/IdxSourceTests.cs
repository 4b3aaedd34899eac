using Pentimento.Data;
using Pentimento.Imaging;

namespace Pentimento.Tests.Data;

public sealed class IdxSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Images => _folder["train-images-idx3-ubyte"];

    private string Labels => _folder["train-labels-idx1-ubyte"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_packed_file_that_unpacks_to_far_more_is_refused_before_it_does()
    {
        var bomb = TinySets.Gzip(TinySets.Idx(new byte[100_000_000], 1000, 250, 400));
        Assert.InRange(bomb.Length, 0, 1_000_000);
        File.WriteAllBytes(Images, bomb);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<InvalidDataException>(() => ImageSource.Open(Images));
        Assert.Contains($"'{Images}' declares 1000×250×400", e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_set_larger_than_the_memory_allowed_is_refused()
    {
        File.WriteAllBytes(Images, TinySets.Idx(new byte[2_000_000], 20, 250, 400));
        using (ReadingLimits.Use(new() { Memory = 1_000_000 }))
        {
            var e = Assert.Throws<InvalidDataException>(() => ImageSource.Open(Images));
            Assert.Contains("takes 2 MB of memory, more than the 1 MB allowed (--memory)", e.Message, StringComparison.Ordinal);
        }
        ImageSource.Open(Images).Dispose();
    }

    [Fact]
    public void A_folder_gives_the_images_of_both_parts_with_their_splits_and_labels()
    {
        TinySets.WriteIdx(_folder.Path, "train", 7, 3);
        TinySets.WriteIdx(_folder.Path, "t10k", 3);

        using var source = ImageSource.Open(_folder.Path);

        Assert.IsType<IdxSource>(source);
        Assert.Equal(
            [new("train/00000", "7", "train"), new("train/00001", "3", "train"), new("test/00000", "3", "test")], source.Items);
        Assert.Equal(["3", "7"], source.Labels);
        Assert.Equal("1×2×3", source.Read(1).Shape.ToString());
        Assert.Equal([10, 11, 12, 13, 14, 15], source.Read(1).Samples8!);
        Assert.Equal([0, 1, 2, 3, 4, 5], source.Read(2).Samples8!);
    }

    [Fact]
    public void Packed_files_are_recognised_by_their_content_and_one_file_brings_its_labels()
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2);
        File.WriteAllBytes(Labels + ".gz", TinySets.Gzip(File.ReadAllBytes(Labels)));
        File.WriteAllBytes(Images, TinySets.Gzip(File.ReadAllBytes(Images)));
        File.Delete(Labels);

        using var source = ImageSource.Open(Images);

        Assert.Equal(["1", "2"], source.Items.Select(i => i.Label));
        Assert.Equal([10, 11, 12, 13, 14, 15], source.Read(1).Samples8!);
    }

    [Fact]
    public void Images_without_labels_are_unlabelled()
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2);
        File.Delete(Labels);
        using var source = ImageSource.Open(_folder.Path);
        Assert.All(source.Items, i => Assert.Null(i.Label));
        Assert.Empty(source.Labels);
    }

    [Fact]
    public void The_classes_of_Fashion_MNIST_have_names_in_the_order_of_their_numbers()
    {
        var folder = _folder["Fashion-MNIST"];
        TinySets.WriteIdx(folder, "train", 9, 0, 2);
        using var source = ImageSource.Open(folder);
        Assert.Equal(["Ankle boot", "T-shirt/top", "Pullover"], source.Items.Select(i => i.Label));
        Assert.Equal(["T-shirt/top", "Pullover", "Ankle boot"], source.Labels);
    }

    [Theory]
    [InlineData("FashionMNIST/raw", "Sandal")]
    [InlineData("fashion-experiments/MNIST/raw", "5")]
    [InlineData("mnist/fashion", "Sandal")]
    public void The_folder_nearest_to_the_files_says_whether_they_are_Fashion_MNIST(string folder, string expected)
    {
        TinySets.WriteIdx(_folder[folder], "train", 5);
        using var source = ImageSource.Open(_folder[folder]);
        Assert.Equal([expected], source.Labels);
    }

    [Fact]
    public void A_label_that_Fashion_MNIST_does_not_have_is_an_error_with_its_byte()
    {
        var folder = _folder["fashion"];
        TinySets.WriteIdx(folder, "train", 9, 12);
        AssertRefused(folder, "train-labels-idx1-ubyte' holds the label 12 at byte 9");
    }

    [Fact]
    public void A_wrong_magic_number_is_an_error()
    {
        TinySets.WriteIdx(_folder.Path, "train", 1);
        File.Copy(Labels, Images, overwrite: true);
        AssertRefused(_folder.Path, $"'{Images}' starts with 0x00000801; images of unsigned bytes start with 0x00000803");
    }

    [Theory]
    [InlineData(0, "ends at byte 0, within its magic number")]
    [InlineData(9, "ends at byte 9, within its header of 16 bytes")]
    public void A_file_that_ends_in_its_header_is_an_error(int length, string expected)
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2);
        File.WriteAllBytes(Images, File.ReadAllBytes(Images)[..length]);
        AssertRefused(_folder.Path, expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_with_fewer_values_than_declared_is_an_error(bool packed)
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2, 3, 4);
        var cut = File.ReadAllBytes(Images)[..30];
        File.WriteAllBytes(Images, packed ? TinySets.Gzip(cut) : cut);
        AssertRefused(_folder.Path, "ends at byte 30 of 40, which its header declares");
    }

    [Fact]
    public void A_file_with_more_values_than_declared_is_an_error()
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2);
        File.WriteAllBytes(Images, [.. File.ReadAllBytes(Images), 0]);
        AssertRefused(_folder.Path, "goes on after byte 28");
    }

    [Theory]
    [InlineData(2_000_000_000, 1, 1, "more than a file of its length can hold")]
    [InlineData(int.MaxValue, 28, 28, "more than fit in memory")]
    [InlineData(-1, 28, 28, "declares the size -1 at byte 4")]
    [InlineData(2, 0, 28, "declares the size 0 at byte 8")]
    public void Sizes_that_no_such_file_can_have_are_an_error_before_anything_is_allocated(
        int count, int rows, int columns, string expected)
    {
        TinySets.WriteIdx(_folder.Path, "train", 1);
        File.WriteAllBytes(Images, TinySets.Idx([1, 2, 3], count, rows, columns));
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(_folder.Path, expected);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_number_of_labels_that_is_not_that_of_the_images_is_an_error_that_names_both_files()
    {
        TinySets.WriteIdx(_folder.Path, "train", 1, 2, 3);
        File.WriteAllBytes(Labels, TinySets.Idx([1, 2], 2));
        AssertRefused(_folder.Path, $"'{Labels}' holds 2 labels, '{Images}' 3 images");
    }

    [Fact]
    public void A_packed_file_that_is_cut_off_or_damaged_is_an_error_that_names_it()
    {
        TinySets.WriteIdx(_folder.Path, "train", [.. Enumerable.Range(0, 200).Select(i => (byte)(i % 10))]);
        var whole = TinySets.Gzip(File.ReadAllBytes(Images));
        File.WriteAllBytes(Images, whole[..(whole.Length / 2)]);
        AssertRefused(_folder.Path, Images);

        var damaged = whole.ToArray();
        damaged[^6] ^= 0xFF; // within the checksum
        File.WriteAllBytes(Images, damaged);
        AssertRefused(_folder.Path, Images);
    }

    private static void AssertRefused(string path, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
