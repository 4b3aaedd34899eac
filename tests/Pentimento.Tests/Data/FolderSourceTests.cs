using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_flat_folder_gives_its_images_in_natural_order_without_hidden_and_other_files()
    {
        Touch("10.png", "2.png", "1.PNG", ".hidden.png", "notes.txt");
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal([new("1.PNG"), new("2.png"), new("10.png")], source.Items);
        Assert.Equal("folder of images", source.Kind);
        Assert.Empty(source.Labels);
        Assert.Equal(_folder["2.png"], source.PathOf(1));
    }

    [Fact]
    public void Sub_folders_are_classes_with_everything_below_them()
    {
        Touch("van gogh/1.jpg", "munch/b/2.jpg", "munch/a/3.jpg", "munch/1.jpg", ".git/1.jpg", "empty/readme.txt");
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal(
            [
                new("munch/1.jpg", "munch"), new("munch/a/3.jpg", "munch"),
                new("munch/b/2.jpg", "munch"), new("van gogh/1.jpg", "van gogh"),
            ],
            source.Items);
        Assert.Equal(["munch", "van gogh"], source.Labels);
        Assert.Equal("folder with classes", source.Kind);
    }

    [Fact]
    public void Folders_called_train_and_test_are_splits()
    {
        Touch("test/cat/1.png", "train/cat/1.png", "train/dog/1.png", "val/dog/1.png");
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal(
            [
                new("test/cat/1.png", "cat", "test"), new("train/cat/1.png", "cat", "train"),
                new("train/dog/1.png", "dog", "train"), new("val/dog/1.png", "dog", "validation"),
            ],
            source.Items);
        Assert.Equal(["cat", "dog"], source.Labels);
    }

    [Fact]
    public void Images_beside_classes_are_an_error_that_says_what_to_do()
    {
        Touch("1.png", "munch/1.png");
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path));
        Assert.Contains("1 images beside sub-folders with images ('munch')", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_image_file_is_a_set_of_one()
    {
        var file = TinySets.WritePng(_folder["one.png"], 9);
        using var source = ImageSource.Open(file);
        Assert.Equal([new("one.png")], source.Items);
        Assert.Equal(9, source.Read(0).Samples8![0]);
    }

    [Fact]
    public void A_link_in_a_class_that_leads_back_up_is_not_followed()
    {
        Touch("munch/1.jpg");
        Directory.CreateSymbolicLink(_folder["munch/again"], _folder.Path);
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal([new("munch/1.jpg", "munch")], source.Items);
    }

    [Fact]
    public void Splits_may_hold_images_without_classes()
    {
        foreach (var name in new[] { "Train/1.png", "Test/1.png" }) Touch(name);
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal([new("Test/1.png", Split: "test"), new("Train/1.png", Split: "train")], source.Items);
        Assert.Equal("folder of images and splits", source.Kind);
    }

    [Fact]
    public void The_MVTec_layout_gives_kinds_splits_and_masks()
    {
        Touch("train/good/000.png", "test/good/000.png", "test/broken/001.png", "ground_truth/broken/001_mask.png");
        using var source = ImageSource.Open(_folder.Path);
        Assert.IsType<MvtecSource>(source);
        Assert.Equal(
            [
                new("train/good/000.png", "good", "train"),
                new("test/broken/001.png", "broken", "test", Mask: _folder["ground_truth/broken/001_mask.png"]),
                new("test/good/000.png", "good", "test"),
            ],
            source.Items);
    }

    [Fact]
    public void A_faulty_image_without_mask_beside_others_with_masks_is_an_error()
    {
        Touch("train/good/000.png", "test/broken/001.png", "ground_truth/broken/000_mask.png");
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path));
        Assert.Contains("broken/001.png' has no mask", error.Message.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", "10")]
    [InlineData("a2b", "a10a")]
    [InlineData("a", "b")]
    [InlineData("a", "a1")]
    [InlineData("01", "1")] // equal in value: by code unit
    [InlineData("9", "a")]
    [InlineData("img 99999999999999999999999", "img 100000000000000000000000")]
    public void Names_come_in_natural_order(string first, string second)
    {
        Assert.True(NaturalOrder.Comparer.Compare(first, second) < 0);
        Assert.True(NaturalOrder.Comparer.Compare(second, first) > 0);
        Assert.Equal(0, NaturalOrder.Comparer.Compare(first, first));
    }

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllBytes(_folder[name], []);
        }
    }
}
