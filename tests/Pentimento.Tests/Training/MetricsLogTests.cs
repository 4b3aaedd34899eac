using System.Text.Json;
using Pentimento.Training;

namespace Pentimento.Tests.Training;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pentimento-log-").FullName;
    private readonly TestClock clock = new();

    private string File => Path.Combine(folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_step_is_one_line_of_json()
    {
        using (var log = new MetricsLog(folder, time: clock))
        {
            log.Log(1, 0, ("train/loss", 0.5), ("learning_rate", 0.001));
            clock.Advance(0.25);
            log.Log(2, 1, ("train/loss", double.NaN));
        }

        var lines = System.IO.File.ReadAllLines(File);
        Assert.Equal(2, lines.Length);
        const string First =
            """{"time":"2026-11-23T14:25:30+00:00","step":1,"epoch":0,"metrics":{"train/loss":0.5,"learning_rate":0.001}}""";
        Assert.Equal(First, lines[0]);
        Assert.Equal("NaN", JsonElement.Parse(lines[1]).GetProperty("metrics").GetProperty("train/loss").GetString());
    }

    [Fact]
    public void A_line_can_be_read_while_the_run_goes_on()
    {
        using var log = new MetricsLog(folder, time: clock);
        log.Log(7, 3, ("loss", double.PositiveInfinity));

        var entry = Assert.Single(MetricsLog.Read(File));
        Assert.Equal((clock.GetUtcNow(), 7, 3), (entry.Time, entry.Step, entry.Epoch));
        Assert.Equal(double.PositiveInfinity, entry.Metrics["loss"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"time":"2026-11-23T14:25:31+00:00","step":5,"ep""")] // torn by a kill
    public void A_killed_and_resumed_run_has_the_log_of_one_never_killed(string torn)
    {
        var whole = Path.Combine(folder, "whole");
        var killed = Path.Combine(folder, "killed");
        Write(whole, null, 1, 6);

        Write(killed, null, 1, 4);
        System.IO.File.AppendAllText(Path.Combine(killed, MetricsLog.FileName), torn);
        Write(killed, resumedStep: 2, 3, 6);

        Assert.Equal(
            System.IO.File.ReadAllBytes(Path.Combine(whole, MetricsLog.FileName)),
            System.IO.File.ReadAllBytes(Path.Combine(killed, MetricsLog.FileName)));
    }

    [Fact]
    public void Right_after_resuming_just_the_lines_up_to_the_checkpoint_are_there()
    {
        Write(folder, null, 1, 5);
        new MetricsLog(folder, resumedStep: 3, clock).Dispose();
        Assert.Equal([1, 2, 3], MetricsLog.Read(File).Select(e => e.Step));
    }

    [Fact]
    public void A_torn_last_line_goes_even_when_no_later_step_was_logged()
    {
        Write(folder, null, 1, 2);
        System.IO.File.AppendAllText(File, """{"time":""");

        Write(folder, resumedStep: 9, 10, 10);

        Assert.Equal([1, 2, 10], MetricsLog.Read(File).Select(e => e.Step));
    }

    [Fact]
    public void A_new_run_replaces_the_log_that_is_there()
    {
        Write(folder, null, 1, 5);
        Write(folder, null, 1, 2);

        Assert.Equal([1, 2], MetricsLog.Read(File).Select(e => e.Step));
    }

    [Fact]
    public void A_run_can_be_resumed_where_its_log_is_lost()
    {
        Write(folder, resumedStep: 4, 5, 5);

        Assert.Equal([5], MetricsLog.Read(File).Select(e => e.Step));
    }

    [Fact]
    public void A_damaged_line_is_an_error_with_its_number_and_the_log_is_left_alone()
    {
        Write(folder, null, 1, 2);
        System.IO.File.AppendAllText(File, "{\"step\":\n");
        var before = System.IO.File.ReadAllBytes(File);

        var error = Assert.Throws<InvalidDataException>(() => new MetricsLog(folder, resumedStep: 5, clock));
        Assert.Contains($"'{File}', line 3,", error.Message);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public void Steps_never_go_back()
    {
        using var log = new MetricsLog(folder, resumedStep: 5, clock);

        Assert.Throws<ArgumentOutOfRangeException>(() => log.Log(4, 0, ("loss", 1)));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_one_line_that_names_the_log()
    {
        System.IO.File.WriteAllText(File, "");

        var error = Assert.Throws<IOException>(() => new MetricsLog(File, time: clock));
        Assert.Contains(Path.Combine(File, MetricsLog.FileName), error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private void Write(string to, long? resumedStep, int first, int last)
    {
        using var log = new MetricsLog(to, resumedStep, clock);
        for (var step = first; step <= last; step++) log.Log(step, step / 2, ("loss", 1.0 / step));
    }
}
