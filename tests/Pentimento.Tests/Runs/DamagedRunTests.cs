using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pentimento.Runs;
using Pentimento.Tests.Cli;

namespace Pentimento.Tests.Runs;

/// <summary>One damaged run is one damaged run: the others are listed, shown and resumed as ever.</summary>
public sealed class DamagedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunStore _store;
    private readonly string _good, _bad;

    public DamagedRunTests()
    {
        _store = RunStore.Open(_folder["runs.db"]);
        (_bad, _good) = (Add("bad"), Add("good"));
    }

    public void Dispose() => _folder.Dispose();

    private string Add(string data)
    {
        using var run = _store.Begin(new RunFacts
        {
            Verb = "train denoise",
            Options = JsonElement.Parse("""{"size": 16}"""),
            DataName = data,
            DataFingerprint = "f",
            Seed = 5,
        });
        run.Log(1, 1, ("epoch/train loss", 0.5));
        run.Finish([new FinalMetric("psnr", 20)]);
        return run.Id;
    }

    [Theory]
    [InlineData("options", "{\"size\": ")]
    [InlineData("options", "")]
    [InlineData("options", "null")]
    [InlineData("options", "[1]")]
    [InlineData("options", "{\"a\": 1, \"a\": 2}")]
    [InlineData("options", "{\"a\": \"\\ud800\"}")]
    [InlineData("versions", "null")]
    [InlineData("versions", "7")]
    [InlineData("versions", "{\"Pentimento\": 7}")]
    [InlineData("started", "yesterday")]
    [InlineData("ended", "2026-13-01T00:00:00.000Z")]
    [InlineData("last_seen", "")]
    [InlineData("process_started", "\0")]
    public void A_damaged_column_is_said_of_its_run_and_the_others_are_listed(string column, string value)
    {
        Execute($"UPDATE runs SET {column} = $value WHERE id = '{_bad}'", value);
        Check(column);
    }

    [Theory]
    [InlineData("verb")]
    [InlineData("options")]
    [InlineData("data_name")]
    [InlineData("seed")]
    [InlineData("versions")]
    [InlineData("status")]
    [InlineData("started")]
    [InlineData("host")]
    [InlineData("process")]
    [InlineData("process_started")]
    public void A_missing_value_is_said_of_its_run_and_the_others_are_listed(string column)
    {
        Loosen("runs");
        Execute($"UPDATE runs SET {column} = NULL WHERE id = '{_bad}'");
        Check(column);
    }

    [Fact]
    public void A_status_that_nobody_knows_and_a_metric_without_a_name_are_damage_as_well()
    {
        Loosen("runs");
        Loosen("final_metrics");
        Execute($"UPDATE runs SET status = '17' WHERE id = '{_bad}'");
        Check("status");
        Execute($"UPDATE runs SET status = 'finished' WHERE id = '{_bad}'");
        Execute($"UPDATE final_metrics SET name = NULL WHERE run = (SELECT number FROM runs WHERE id = '{_bad}')");
        Check("name");
    }

    [Fact]
    public void Curves_files_and_split_of_a_damaged_run_are_errors_that_name_the_store()
    {
        Loosen("metrics");
        Execute("UPDATE metrics SET step = 'x'");
        Assert.Contains(_store.Path, Assert.Throws<InvalidDataException>(() => _store.Metrics(_bad)).Message, StringComparison.Ordinal);
        Execute("UPDATE runs SET split = '{' ");
        Assert.Contains(_store.Path, Assert.Throws<InvalidDataException>(() => _store.Split(_bad)).Message, StringComparison.Ordinal);
    }

    private void Check(string column)
    {
        var runs = _store.List();
        Assert.Equal(2, runs.Count);
        var bad = runs.Single(run => run.Status == RunStatus.Damaged);
        Assert.Contains($"'{column}'", bad.Reason, StringComparison.Ordinal);
        Assert.Equal((_good, "good"), runs.Where(run => run != bad).Select(run => (run.Id, run.Facts.DataName)).Single());

        var list = CommandRun.Of(_folder.Path, "runs").Done();
        Assert.Contains(_good, list.Output, StringComparison.Ordinal);
        Assert.Contains("damaged", list.Output, StringComparison.Ordinal);
        Assert.Equal(2, CommandRun.Of(_folder.Path, "runs", "--json").Done().Json.GetArrayLength());
        CommandRun.Of(_folder.Path, "runs", "show", _good).Done();
        Assert.Contains("damaged", CommandRun.Of(_folder.Path, "runs", "show", _bad).Done().Output, StringComparison.Ordinal);
        CommandRun.Of(_folder.Path, "runs", "compare", _good, _bad).Done();
        CommandRun.Of(_folder.Path, "runs", "compare", _good, _bad, "--json").Done();
    }

    /// <summary>Makes a table anew that checks nothing, as another program may leave it.</summary>
    private void Loosen(string table)
    {
        Execute("PRAGMA foreign_keys = OFF");
        Execute($"CREATE TABLE loose AS SELECT * FROM {table}");
        Execute($"DROP TABLE {table}");
        Execute($"ALTER TABLE loose RENAME TO {table}");
    }

    private void Execute(string sql, string? value = null)
    {
        using var connection = new SqliteConnection($"Data Source={_folder["runs.db"]};Pooling=False;Foreign Keys=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (value is not null) command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }
}
