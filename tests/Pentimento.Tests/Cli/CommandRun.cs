using System.Text.Json;
using Pentimento.Cli;
using Pentimento.Imaging;

namespace Pentimento.Tests.Cli;

/// <summary>One command line, run inside the test: its exit code and what it wrote.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>Runs a command with a run store in the given folder.</summary>
    public static CommandRun Of(string home, params string[] args) => Of(home, CancellationToken.None, args);

    /// <inheritdoc cref="Of(string, string[])"/>
    public static CommandRun Of(string home, CancellationToken cancel, params string[] args)
    {
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(error)); // as the console's are
        var code = PentimentoCommand.Run(args, terminal, Path.Combine(home, "runs.db"), cancel);
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>This run, which must have ended well; what it said where it has not.</summary>
    public CommandRun Done()
    {
        Assert.True(Code == ExitCode.Done, $"exit code {Code}: {Error}");
        return this;
    }

    /// <summary>The output as the one JSON document that it must be.</summary>
    public JsonElement Json => JsonElement.Parse(Output);

    /// <summary>The exit code, and one line behind the command's name as the last that was said.</summary>
    public void AssertFailed(int code, string part)
    {
        Assert.Equal(code, Code);
        var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("pentimento: ", lines[^1], StringComparison.Ordinal);
        Assert.Contains(part, lines[^1], StringComparison.Ordinal);
        Assert.Single(lines, line => line.StartsWith("pentimento: ", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", Error, StringComparison.Ordinal);
    }

    /// <summary>Writes small colour pictures: soft stripes, or noise.</summary>
    public static string Pictures(string folder, int count = 20, bool noise = false, int side = 16)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(count + (noise ? 1 : 0));
        for (var n = 0; n < count; n++)
        {
            var angle = 2 * Math.PI * random.NextDouble();
            var values = Enumerable.Range(0, 3 * side * side).Select(i => (byte)(noise ? random.Next(256)
                : 128 + 90 * Math.Sin((i / 3 % side * Math.Cos(angle) + i / 3 / side * Math.Sin(angle)) / 4))).ToArray();
            ImageFile.Write(Path.Combine(folder, $"{n:D2}.png"), new RasterImage(new ImageShape(3, side, side), values));
        }
        return folder;
    }
}
