using Pentimento.Files;

namespace Pentimento.Tests.Files;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_run_is_kept_out_until_the_first_ends_and_nothing_is_left()
    {
        using (FolderLock.Take(_folder.Path))
            Assert.Equal($"Another run writes into '{_folder.Path}'; wait for its end.",
                Assert.Throws<IOException>(() => FolderLock.Take(_folder.Path)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        FolderLock.Take(_folder.Path).Dispose();
    }

    [Fact]
    public void A_lock_that_a_killed_run_left_keeps_nobody_out()
    {
        File.WriteAllText(_folder[".pentimento.lock"], "");
        FolderLock.Take(_folder.Path).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        var missing = _folder["missing"];
        Assert.StartsWith($"Cannot write into '{missing}': ",
            Assert.Throws<IOException>(() => FolderLock.Take(missing)).Message, StringComparison.Ordinal);
    }
}
