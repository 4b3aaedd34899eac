using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Experiments;

namespace Pentimento.Tests.Data;

/// <summary>What is found in folders as they are on people's disks.</summary>
public sealed class FolderListingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) // .NET cannot delete names that are not UTF-8
        {
            using var remove = Process.Start("rm", ["-rf", _folder.Path]);
            remove.WaitForExit();
            Directory.CreateDirectory(_folder.Path);
        }
        _folder.Dispose();
    }

    public static TheoryData<string> Clutter =>
    [
        "@eaDir/000.png/SYNOPHOTO_THUMB_M.png", "@eadir/x.png", "__MACOSX/x.png", ".thumbnails/x.png", ".picasaoriginals/x.png",
        "$RECYCLE.BIN/x.png", "#recycle/x.png", "@Recycle/x.png", "@Recently-Snapshot/x.png", ".@__thumb/x.png",
        "System Volume Information/x.png", "._000.png", ".DS_Store", "Thumbs.db", "desktop.ini",
    ];

    [Theory]
    [MemberData(nameof(Clutter))]
    public void What_systems_put_beside_pictures_is_passed_over(string name)
    {
        Touch("000.png", name);
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal([new("000.png")], source.Items);
        Assert.Empty(source.LeftOut.Lines);
    }

    [Fact]
    public void It_is_passed_over_in_every_layout()
    {
        Touch("train/good/0.png", "train/@eaDir/0.png", "train/good/@eaDir/0.png", "test/good/0.png", "test/@eaDir/0.png", "@eaDir/0.png");
        using (var source = ImageSource.Open(_folder.Path))
        {
            Assert.IsType<MvtecSource>(source);
            Assert.Equal(2, source.Items.Count);
        }
        Touch("sets/a/0.png", "sets/b/0.png", "sets/@eaDir/0.png", "sets/Thumbs.db");
        Assert.Equal([_folder["sets/a"], _folder["sets/b"]], UnseenComparison.Sets([_folder["sets"]]));
        TinySets.WriteIdx(_folder["idx"], "train", 1, 2, 3);
        File.WriteAllBytes(_folder["idx/._train-images-idx3-ubyte"], [0, 5, 22, 7]);
        using var idx = ImageSource.Open(_folder["idx"]);
        Assert.Equal(3, idx.Items.Count);
    }

    [Fact]
    public void Pictures_of_formats_that_are_not_read_are_counted_and_other_files_are_not()
    {
        Touch("a/1.png", "a/1.CR2", "a/2.cr2", "a/readme.txt", "b/1.psd", "b/1.png", "a/1.xmp");
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal(["left out, as these formats are not read: 2 .cr2, 1 .psd"], source.LeftOut.Lines);
    }

    [Fact]
    public void A_set_of_nothing_but_other_formats_says_so()
    {
        Touch("1.bmp", "2.bmp");
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path));
        Assert.Contains("2 .bmp", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_read_is_named_and_the_others_are_listed()
    {
        Touch("a/1.png", "b/1.png");
        WithRawName("mkdir", "caf\\351");
        using var source = ImageSource.Open(_folder.Path);
        Assert.Equal(2, source.Items.Count);
        Assert.Contains("its name is not UTF-8", Assert.Single(source.LeftOut.Folders).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_is_a_link_is_followed_and_one_that_leads_back_up_is_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Touch("set/a/1.png", "elsewhere/1.png");
        Directory.CreateSymbolicLink(_folder["set/b"], _folder["elsewhere"]);
        Directory.CreateSymbolicLink(_folder["set/again"], _folder["set"]);
        Directory.CreateSymbolicLink(_folder["set/up"], _folder.Path);
        Directory.CreateSymbolicLink(_folder["set/itself"], _folder["set/itself"]);
        using var source = ImageSource.Open(_folder["set"]);
        Assert.Equal([new("a/1.png", "a"), new("b/1.png", "b")], source.Items);
    }

    [Theory]
    [InlineData("./a.png")]
    [InlineData("x/../a.png")]
    [InlineData("link.png")]
    [InlineData("folder-link/a.png")]
    [InlineData("ABSOLUTE")]
    public void A_manifest_that_lists_a_picture_under_two_spellings_is_refused(string other)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Touch("a.png", "x/b.png");
        File.CreateSymbolicLink(_folder["link.png"], "a.png");
        Directory.CreateSymbolicLink(_folder["folder-link"], _folder.Path);
        if (other == "ABSOLUTE") other = _folder["a.png"];
        File.WriteAllLines(_folder["manifest.csv"], ["path,split", "a.png,train", $"{other},test"]);
        var error = Assert.Throws<InvalidDataException>(() => ImageSource.Open(_folder.Path));
        Assert.Contains($"row 3: '{other}' is listed in row 2 already, as 'a.png'", error.Message, StringComparison.Ordinal);
    }

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllBytes(_folder[name], []);
        }
    }

    /// <summary>Runs a command on a name that is not UTF-8, which .NET cannot write.</summary>
    private void WithRawName(string command, string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has such names.");
        using var shell = Process.Start("sh", ["-c", $"{command} \"$0/$(printf '{name}')\"", _folder.Path]);
        shell.WaitForExit();
        Assert.SkipUnless(shell.ExitCode == 0, "This file system has no such names.");
    }
}
