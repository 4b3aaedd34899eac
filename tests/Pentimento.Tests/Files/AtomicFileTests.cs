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
    public void What_was_written_is_flushed_to_the_disk_before_it_gets_its_name()
    {
        AtomicFile.WriteText(_folder["x.txt"], "one");
        var seen = new List<string>();
        AtomicFile.WriteNamed(_folder["x.txt"], temporary => File.WriteAllText(temporary, "two"), temporary =>
            new WatchedStream(temporary, toDisk => seen.Add($"{File.ReadAllText(temporary)}, to disk {toDisk}, " +
                $"then {File.ReadAllText(_folder["x.txt"])}")));
        Assert.Contains("two, to disk True, then one", seen);
        Assert.Equal("two", File.ReadAllText(_folder["x.txt"]));
    }

    [Fact]
    public void What_killed_processes_left_of_a_file_is_deleted_and_nothing_else()
    {
        string Left(string name, string ending = ".png") =>
            _folder[$"{AtomicFile.TemporaryStart(name)}{new string('a', 32)}{ending}"];
        string[] gone = [Left("x.png"), Left("x.png", "")];
        string[] stay = [Left("y.png"), Left("x.png")[..^5] + ".png", _folder["x.png"], _folder[".pentimento-notes"], _folder["z"]];
        foreach (var path in gone.Concat(stay)) File.WriteAllText(path, "");
        AtomicFile.DeleteLeftovers([_folder["x.png"], _folder["nowhere/x.png"]]);
        Assert.Equal(stay.Order(StringComparer.Ordinal), Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Temporary_names_are_hidden_fit_beside_the_longest_name_and_keep_the_extension()
    {
        var longest = new string('x', 250) + ".jpg";
        string? seen = null;
        AtomicFile.WriteNamed(_folder[longest], temporary => File.WriteAllText(seen = temporary, "one"));
        Assert.Matches(@"^\.pentimento-[0-9a-f]{16}-[0-9a-f]{32}\.jpg$", Path.GetFileName(seen));
        Assert.Equal(_folder.Path, Path.GetDirectoryName(seen));
        Assert.Equal([_folder[longest]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_stream_can_be_read_and_sought_and_may_be_large()
    {
        var bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        AtomicFile.Write(_folder["x.bin"], stream =>
        {
            stream.Write(bytes);
            stream.Position = 70_000;
            Assert.Equal(bytes[70_000], stream.ReadByte());
            stream.WriteByte(1);
        });
        bytes[70_001] = 1;
        Assert.Equal(bytes, File.ReadAllBytes(_folder["x.bin"]));
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

    private sealed class WatchedStream(string path, Action<bool> flushed)
        : FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)
    {
        public override void Flush(bool flushToDisk)
        {
            base.Flush(flushToDisk);
            flushed(flushToDisk);
        }
    }

    private static void AssertRefused(string path, string reason)
    {
        var written = false;
        var e = Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => written = true));
        Assert.Equal($"Cannot write '{path}': {reason}.", e.Message);
        Assert.False(written);
    }
}
