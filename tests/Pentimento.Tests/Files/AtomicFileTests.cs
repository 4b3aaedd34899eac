using System.Diagnostics;
using Pentimento.Files;

namespace Pentimento.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_existing_file_is_replaced_and_nothing_else_is_left()
    {
        AtomicFile.WriteText(_folder["a/x.txt"], "one");
        AtomicFile.WriteText(_folder["a/x.txt"], "two");
        Assert.Equal("two", File.ReadAllText(_folder["a/x.txt"]));
        Assert.Equal([_folder["a/x.txt"]], Directory.GetFileSystemEntries(_folder["a"]));
    }

    [Fact]
    public void A_failed_write_leaves_the_file_as_it_was()
    {
        AtomicFile.WriteText(_folder["x.txt"], "one");
        Assert.Throws<IOException>(() => AtomicFile.Write(_folder["x.txt"], _ => throw new IOException("full")));
        Assert.Equal("one", File.ReadAllText(_folder["x.txt"]));
        Assert.Equal([_folder["x.txt"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_is_refused_before_anything_is_written() => AssertRefused(_folder.Path, "it is a folder");

    [Theory]
    [InlineData("/dev/full")]
    [InlineData("/dev/null")]
    [InlineData("/dev/stdout")]
    public void A_device_is_refused_before_anything_is_written(string device)
    {
        Assert.SkipUnless(File.Exists(device), $"There is no {device}.");
        AssertRefused(device, "it is not a regular file");
    }

    [Fact]
    public void A_pipe_and_a_link_to_a_device_are_refused_before_anything_is_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux says what is a pipe.");
        using (var make = Process.Start("mkfifo", _folder["pipe"])) make.WaitForExit();
        File.CreateSymbolicLink(_folder["link"], "/dev/full");
        AssertRefused(_folder["pipe"], "it is not a regular file");
        AssertRefused(_folder["link"], "it is not a regular file");
    }

    [Fact]
    public void A_link_to_a_file_is_replaced_by_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights on Windows.");
        File.WriteAllText(_folder["target"], "one");
        File.CreateSymbolicLink(_folder["link"], _folder["target"]);
        AtomicFile.WriteText(_folder["link"], "two");
        Assert.Equal("one two", $"{File.ReadAllText(_folder["target"])} {File.ReadAllText(_folder["link"])}");
    }

    private static void AssertRefused(string path, string reason)
    {
        var written = false;
        var e = Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => written = true));
        Assert.Equal($"Cannot write '{path}': {reason}.", e.Message);
        Assert.False(written);
    }
}
