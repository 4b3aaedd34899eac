using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Pentimento.Files;
using Pentimento.Runs;

namespace Pentimento.Tests.Runs;

public sealed class RunStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pentimento-runs-").FullName;
    private readonly TestClock clock = new();

    private string File => Path.Combine(folder, "runs.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_finished_run_reads_back_as_it_was_recorded()
    {
        var store = Open();
        var facts = Facts(new { epochs = 3, noise = new { factor = 0.2 } }) with
        {
            Split = JsonSerializer.SerializeToElement(new { train = new[] { 0, 2 }, test = new[] { 1 } }),
        };
        var model = Path.Combine(folder, "model.pent");
        System.IO.File.WriteAllText(model, "weights");

        string id;
        using (var run = store.Begin(facts))
        {
            id = run.Id;
            run.Log(1, 0, ("train/loss", 0.5), ("learning_rate", 1e-3));
            run.Log(2, 1, ("train/loss", 0.25));
            run.AddArtefact("model", model);
            clock.Advance(90);
            run.Finish(new FinalMetric("test/mse", 0.0119), new FinalMetric("test/auroc", 0.9, 0.85, 0.94));
        }

        var record = Assert.Single(Open().List());
        Assert.Equal((id, RunStatus.Finished, null), (record.Id, record.Status, record.Reason));
        Assert.Equal(TimeSpan.FromSeconds(90), record.Ended - record.Started);
        Assert.Equal(facts.Options.GetRawText(), record.Facts.Options.GetRawText());
        Assert.Equal(facts with { Options = default, Split = null }, record.Facts with { Options = default });
        Assert.Equal([new("test/auroc", 0.9, 0.85, 0.94), new("test/mse", 0.0119)], record.FinalMetrics);
        Assert.Equal(
            [new("learning_rate", 1, 0, 1e-3), new("train/loss", 1, 0, 0.5), new("train/loss", 2, 1, 0.25)],
            store.Metrics(id));
        Assert.Equal([new Artefact("model", model, ContentHash.OfFile(model))], store.Artefacts(id));
        Assert.Equal("""{"train":[0,2],"test":[1]}""", store.Split(id)?.GetRawText());
    }

    [Fact]
    public void An_id_is_the_utc_start_time_and_four_digits()
    {
        using var run = Open().Begin(Facts());

        Assert.Matches("^20261123-142530-[0-9a-f]{4}$", run.Id);
    }

    [Fact]
    public void Runs_begun_in_the_same_second_get_different_ids()
    {
        var store = Open();

        for (var i = 0; i < 40; i++) store.Begin(Facts()).Dispose();

        Assert.Equal(40, store.List().DistinctBy(r => r.Id).Count());
    }

    [Fact]
    public void List_gives_the_latest_runs_first()
    {
        var store = Open();
        var ids = Enumerable.Range(0, 3).Select(_ =>
        {
            clock.Advance(60);
            using var run = store.Begin(Facts());
            return run.Id;
        }).ToList();

        Assert.Equal([ids[2], ids[1]], store.List(limit: 2).Select(r => r.Id));
    }

    [Fact]
    public void Metrics_that_are_no_numbers_are_kept()
    {
        var store = Open();
        using var run = store.Begin(Facts());
        run.Log(1, 0, ("loss", double.NaN));
        run.Log(2, 0, ("loss", double.PositiveInfinity));
        run.Finish(new FinalMetric("loss", double.NaN));

        Assert.Equal([double.NaN, double.PositiveInfinity], store.Metrics(run.Id).Select(m => m.Value));
        Assert.Equal(double.NaN, store.Find(run.Id).FinalMetrics[0].Value);
    }

    [Fact]
    public void Metrics_are_written_once_a_second_and_not_at_every_step()
    {
        var store = Open();
        using var run = store.Begin(Facts());

        for (var step = 1; step <= 5; step++) run.Log(step, 0, ("loss", 1));
        Assert.Empty(store.Metrics(run.Id));

        clock.Advance(0.999);
        run.Log(6, 0, ("loss", 1));
        Assert.Empty(store.Metrics(run.Id));
        clock.Advance(0.001);
        run.Log(7, 0, ("loss", 1));
        Assert.Equal(7, store.Metrics(run.Id).Count);
        run.Log(8, 0, ("loss", 1));
        Assert.Equal(7, store.Metrics(run.Id).Count);
    }

    [Fact]
    public void Ten_thousand_metrics_are_written_at_once_and_what_was_written_is_not_written_again()
    {
        var store = Open();
        using var run = store.Begin(Facts());
        for (var step = 1; step < 10_000; step++) run.Log(step, 0, ("loss", 1));
        Assert.Empty(store.Metrics(run.Id));
        run.Log(10_000, 0, ("loss", 1));
        Assert.Equal(10_000, store.Metrics(run.Id).Count);

        ExecuteInFile("DELETE FROM metrics");
        run.Flush();
        Assert.Empty(store.Metrics(run.Id));
    }

    [Fact]
    public void A_store_is_made_with_its_folder_and_lets_others_read_while_one_writes()
    {
        var path = Path.Combine(folder, "a", "b", "runs.db");
        RunStore.Open(path, clock);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Assert.Equal("wal", connection.Scalar<string>("PRAGMA journal_mode"));
    }

    [Fact]
    public void A_failed_run_keeps_the_first_line_of_its_reason()
    {
        var store = Open();
        using var run = store.Begin(Facts());
        run.Fail("The disk is full.\r\n   at System.IO");

        Assert.Equal((RunStatus.Failed, "The disk is full."), (store.Find(run.Id).Status, store.Find(run.Id).Reason));
    }

    [Fact]
    public void A_run_that_is_disposed_of_before_its_end_is_interrupted_and_loses_no_metrics()
    {
        var store = Open();
        var run = store.Begin(Facts());
        run.Log(1, 0, ("loss", 1));
        Assert.Equal(RunStatus.Running, store.Find(run.Id).Status);

        run.Dispose();

        Assert.Equal(RunStatus.Interrupted, store.Find(run.Id).Status);
        Assert.Single(store.Metrics(run.Id));
        Assert.Throws<InvalidOperationException>(() => run.Log(2, 0, ("loss", 1)));
    }

    [Theory]
    [InlineData("process = 2147483000")]                             // no such process
    [InlineData("process_started = '2001-01-01T00:00:00.000Z'")]     // its number was given to another process
    public void A_run_whose_process_died_is_interrupted_at_its_last_sign_of_life(string whatIsDifferent)
    {
        var store = Open();
        using var run = store.Begin(Facts());
        clock.Advance(7);
        run.Flush();
        clock.Advance(7);
        ExecuteInFile($"UPDATE runs SET {whatIsDifferent}");

        var record = store.Find(run.Id);
        Assert.Equal(RunStatus.Interrupted, record.Status);
        Assert.Equal(TimeSpan.FromSeconds(7), record.Ended - record.Started);
    }

    [Fact]
    public void A_run_on_another_machine_is_interrupted_after_an_hour_of_silence()
    {
        var store = Open();
        using var run = store.Begin(Facts());
        ExecuteInFile("UPDATE runs SET host = 'another', process = 2147483000");

        clock.Advance(3599);
        Assert.Equal(RunStatus.Running, store.Find(run.Id).Status);
        clock.Advance(1);
        Assert.Equal(RunStatus.Interrupted, store.Find(run.Id).Status);
    }

    [Fact]
    public void A_resumed_run_forgets_what_came_after_its_checkpoint()
    {
        var store = Open();
        var run = store.Begin(Facts());
        for (var step = 1; step <= 4; step++) run.Log(step, 0, ("loss", 1));
        run.Interrupt();
        run.Dispose();

        using var resumed = store.Resume(run.Id, step: 2);
        resumed.Log(3, 0, ("loss", 2));
        resumed.Flush();

        Assert.Equal([(1, 1), (2, 1), (3, 2)], store.Metrics(run.Id).Select(m => (m.Step, m.Value)));
        Assert.Equal((RunStatus.Running, null), (store.Find(run.Id).Status, store.Find(run.Id).Ended));
    }

    [Fact]
    public void Right_after_resuming_just_the_steps_up_to_the_checkpoint_are_there_and_no_results()
    {
        var store = Open();
        string id;
        using (var run = store.Begin(Facts()))
        {
            id = run.Id;
            for (var step = 1; step <= 5; step++) run.Log(step, step, ("loss", step), ("speed", 10 * step));
            run.Finish(new FinalMetric("test/mse", 0.5));
        }
        using (var other = store.Begin(Facts()))
        {
            other.Log(4, 0, ("loss", 1));
            other.Finish(new FinalMetric("test/mse", 0.25));
            store.Resume(id, step: 3).Dispose();
            Assert.Single(store.Metrics(other.Id));
            Assert.Single(store.Find(other.Id).FinalMetrics);
        }
        Assert.Equal([("loss", 1), ("loss", 2), ("loss", 3), ("speed", 1), ("speed", 2), ("speed", 3)],
            store.Metrics(id).Select(m => (m.Name, (int)m.Step)));
        Assert.Empty(store.Find(id).FinalMetrics);
    }

    [Fact]
    public void A_run_that_is_at_work_cannot_be_resumed()
    {
        var store = Open();
        using var run = store.Begin(Facts());

        Assert.Contains(run.Id, Assert.Throws<InvalidOperationException>(() => store.Resume(run.Id, 0)).Message);
    }

    [Fact]
    public void Find_knows_a_run_by_its_start_or_its_last_four_digits_and_names_the_choices()
    {
        var store = Open();
        using var first = store.Begin(Facts());
        clock.Advance(3600);
        using var second = store.Begin(Facts());

        Assert.Equal(first.Id, store.Find("20261123-14").Id);
        Assert.Equal(second.Id, store.Find(second.Id[..^2]).Id);
        Assert.Equal(first.Id, store.Find(first.Id[^4..].ToUpperInvariant()).Id);
        var ambiguous = Assert.Throws<ArgumentException>(() => store.Find("2026"));
        Assert.Contains($"{first.Id}, {second.Id}", ambiguous.Message);
        Assert.Contains("'1999'", Assert.Throws<ArgumentException>(() => store.Find("1999")).Message);
        Assert.Throws<ArgumentException>(() => store.Find("%"));
    }

    [Fact]
    public void Compare_shows_the_options_that_differ_and_all_results()
    {
        var store = Open();
        var a = RunWith(Facts(new { epochs = 3, noise = new { factor = 0.2, kind = "gaussian" } }), new FinalMetric("mse", 0.2));
        var b = RunWith(Facts(new { epochs = 3, noise = new { factor = 0.5, kind = "gaussian" }, ema = 0.99 }) with { Seed = 8 },
            new FinalMetric("mse", 0.1), new FinalMetric("auroc", 0.9));

        var comparison = store.Compare(a, b);

        Assert.Equal([a, b], comparison.Runs.Select(r => r.Id));
        Assert.Equal(["seed: 7 8", "option.noise.factor: 0.2 0.5", "option.ema: - 0.99"],
            comparison.Differences.Select(row => Text(row, value => value)));
        Assert.Equal(["auroc: - 0.9", "mse: 0.2 0.1"],
            comparison.Metrics.Select(row => Text(row, metric => metric?.Value.ToString())));
        Assert.Throws<ArgumentException>(() => store.Compare(a));

        static string Text<T>(ComparedRow<T> row, Func<T?, string?> text) =>
            $"{row.Name}: {string.Join(' ', row.Values.Select(v => text(v) ?? "-"))}";

        string RunWith(RunFacts facts, params FinalMetric[] results)
        {
            using var run = store.Begin(facts);
            run.Finish(results);
            return run.Id;
        }
    }

    [Fact]
    public void Options_must_be_a_json_object() =>
        Assert.Contains("Array", Assert.Throws<ArgumentException>(() => Open().Begin(Facts(new[] { 1 }))).Message);

    [Fact]
    public void A_new_store_can_be_opened_by_many_at_once()
    {
        for (var i = 0; i < 10; i++)
        {
            var path = Path.Combine(folder, $"{i}.db");
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => RunStore.Open(path));
        }
    }

    [Fact]
    public void Stores_opened_and_written_at_once_lose_nothing()
    {
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ =>
        {
            using var run = RunStore.Open(File).Begin(Facts());
            for (var step = 0; step < 20; step++)
            {
                run.Log(step, 0, ("loss", step));
                run.Flush();
            }
            run.Finish();
        });

        var store = Open();
        Assert.Equal(6, store.List().Count(r => r.Status == RunStatus.Finished));
        Assert.All(store.List(), r => Assert.Equal(20, store.Metrics(r.Id).Count));
    }

    [Fact]
    public void A_write_waits_for_the_transaction_of_another_process()
    {
        Assert.SkipUnless(System.IO.File.Exists("/usr/bin/python3"), "needs Debian's python3");
        using var run = Open().Begin(Facts());
        const string Script = """
            import sqlite3, sys, time
            store = sqlite3.connect(sys.argv[1], isolation_level=None)
            store.execute("BEGIN IMMEDIATE")
            print("held", flush=True)
            time.sleep(0.5)
            store.execute("UPDATE runs SET verb = 'written by another'")
            store.execute("COMMIT")
            """;
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script, File]) { RedirectStandardOutput = true };
        using var other = Process.Start(start)!;
        Assert.Equal("held", other.StandardOutput.ReadLine());

        run.Log(1, 0, ("loss", 1));
        run.Finish();

        other.WaitForExit();
        var record = Open().Find(run.Id);
        Assert.Equal((0, "written by another", RunStatus.Finished), (other.ExitCode, record.Facts.Verb, record.Status));
    }

    [Fact]
    public void A_closed_store_leaves_one_file_that_can_be_moved()
    {
        Open().Begin(Facts()).Dispose();

        Assert.Equal([File], Directory.GetFiles(folder));
    }

    [Fact]
    public void Versions_name_every_part()
    {
        var versions = RunVersions.Current;

        Assert.StartsWith("0.107", versions.TorchSharp);
        Assert.StartsWith("2.10", versions.LibTorch);
        Assert.Equal(Environment.Version.ToString(), versions.DotNet);
        Assert.DoesNotContain("", new[] { versions.Pentimento, versions.Os, versions.Cpu });
        Assert.EndsWith($", {Environment.ProcessorCount} cores", versions.Cpu);
        Assert.EndsWith(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString(), versions.Os);
        const string Names = "/proc/cpuinfo";
        if (!System.IO.File.Exists(Names)) return;
        var name = System.IO.File.ReadLines(Names).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        if (name is not null) Assert.StartsWith(name[(name.IndexOf(':') + 1)..].Trim() + ",", versions.Cpu);
    }

    private RunStore Open() => RunStore.Open(File, clock);

    private void ExecuteInFile(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }

    private static RunFacts Facts(object? options = null) => new()
    {
        Verb = "train denoise",
        CommandLine = "pentimento train denoise --data fashion-mnist",
        Options = JsonSerializer.SerializeToElement(options ?? new { }),
        DataName = "fashion-mnist",
        DataFingerprint = "abc",
        Seed = 7,
    };
}
