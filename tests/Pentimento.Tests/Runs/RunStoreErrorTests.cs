using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pentimento.Runs;

namespace Pentimento.Tests.Runs;

public sealed class RunStoreErrorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pentimento-runs-").FullName;

    private string File => Path.Combine(folder, "runs.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_that_is_no_database_is_named_and_left_alone()
    {
        var text = string.Concat(Enumerable.Repeat("not a database ", 100));
        System.IO.File.WriteAllText(File, text);

        Assert.Contains($"'{File}' is not a run store", Assert.Throws<InvalidDataException>(() => RunStore.Open(File)).Message);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_database_of_another_program_is_named_and_left_alone()
    {
        Execute("CREATE TABLE bookmarks (url TEXT)");
        var before = System.IO.File.ReadAllBytes(File);

        Assert.Contains("another program's", Assert.Throws<InvalidDataException>(() => RunStore.Open(File)).Message);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("seed")]
    [InlineData("versions")]
    public void A_store_without_a_column_is_an_error_that_names_both(string column)
    {
        var store = RunStore.Open(File);
        store.Begin(Facts("x")).Dispose();
        Execute($"ALTER TABLE runs RENAME COLUMN {column} TO other");
        var e = Assert.Throws<InvalidDataException>(() => store.List());
        Assert.Contains($"'{File}' is damaged: it has no column '{column}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_version_below_any_is_an_error_that_names_the_store()
    {
        RunStore.Open(File);
        Execute("PRAGMA user_version = -3");
        var e = Assert.Throws<InvalidDataException>(() => RunStore.Open(File));
        Assert.Contains($"'{File}' is damaged: it has the schema version -3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_store_is_an_error_that_names_it()
    {
        var store = RunStore.Open(File);
        for (var i = 0; i < 20; i++) store.Begin(Facts(new string('x', 4000))).Dispose();
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(4096).Fill(0xA5); // All pages but the first.
        System.IO.File.WriteAllBytes(File, bytes);

        Assert.Contains(File, Assert.Throws<InvalidDataException>(() => RunStore.Open(File).List()).Message);
    }

    [Fact]
    public void A_store_cut_short_is_an_error_that_names_it()
    {
        RunStore.Open(File).Begin(Facts()).Dispose();
        using (var stream = System.IO.File.OpenWrite(File)) stream.SetLength(5000);

        Assert.Contains(File, Assert.Throws<InvalidDataException>(() => RunStore.Open(File).List()).Message);
    }

    [Fact]
    public void A_store_of_a_later_version_is_refused()
    {
        RunStore.Open(File);
        Execute("PRAGMA user_version = 99");

        var message = Assert.Throws<InvalidDataException>(() => RunStore.Open(File)).Message;
        Assert.Contains("schema version 99", message);
        Assert.Contains(File, message);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_line_that_names_the_store()
    {
        System.IO.File.WriteAllText(Path.Combine(folder, "occupied"), "");
        var path = Path.Combine(folder, "occupied", "runs.db");

        AssertOneLine(path, Assert.ThrowsAny<IOException>(() => RunStore.Open(path)));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_store_is_one_line_that_names_it() =>
        AssertOneLine(folder, Assert.ThrowsAny<IOException>(() => RunStore.Open(folder)));

    [Fact]
    public void A_read_only_place_is_one_line_that_names_the_store()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs Linux's /proc, where nobody can write");

        AssertOneLine("/proc/runs.db", Assert.ThrowsAny<IOException>(() => RunStore.Open("/proc/runs.db")));
        AssertOneLine("/proc/new/runs.db", Assert.ThrowsAny<IOException>(() => RunStore.Open("/proc/new/runs.db")));
    }

    [Theory]
    [InlineData(13, "the disk is full")]
    [InlineData(8, "read-only")]
    [InlineData(5, "another process has held it for 30 s")]
    public void Errors_of_the_disk_are_said_in_words(int code, string words)
    {
        var error = new RunDatabase(File).Explain(new SqliteException("SQLite Error", code));

        Assert.Contains(words, error.Message);
        AssertOneLine(File, Assert.IsType<IOException>(error));
    }

    [Fact]
    public void A_full_disk_is_an_error_and_undoes_the_whole_transaction()
    {
        RunStore.Open(File);
        var database = new RunDatabase(File);

        var error = Assert.Throws<IOException>(() => database.Use(connection =>
        {
            connection.Execute("PRAGMA max_page_count = 20"); // SQLite's own way to run out of room.
            using var transaction = connection.BeginTransaction();
            return connection.Execute("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(1000000))");
        }));

        AssertOneLine(File, error);
        Assert.Contains("the disk is full", error.Message);
        Assert.Equal(0, database.Use(c => c.Scalar<long>("SELECT count(*) FROM sqlite_master WHERE name = 'filler'")));
    }

    [Fact]
    public void A_store_held_by_another_process_for_too_long_is_an_error()
    {
        RunStore.Open(File);
        using var holder = Connect();
        using var transaction = holder.BeginTransaction();
        var database = new RunDatabase(File) { BusyTimeout = TimeSpan.FromSeconds(1) };

        var error = Assert.Throws<IOException>(() => database.Use(c => c.Execute("UPDATE runs SET verb = ''")));
        Assert.Contains("another process has held it for 1 s", error.Message);
    }

    private static void AssertOneLine(string path, IOException error)
    {
        Assert.Contains(path, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private void Execute(string sql)
    {
        using var connection = Connect();
        connection.Execute(sql);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    private static RunFacts Facts(string commandLine = "") => new()
    {
        Verb = "demo",
        CommandLine = commandLine,
        Options = JsonSerializer.SerializeToElement(new { }),
        DataName = "sample",
        DataFingerprint = "abc",
        Seed = 1,
    };
}
