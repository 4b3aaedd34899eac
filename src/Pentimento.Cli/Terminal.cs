using Pentimento.Files;
using Spectre.Console;

namespace Pentimento.Cli;

/// <summary>Where a command writes: results to the output, everything else to the error stream.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool outputIsTerminal = false, bool errorIsTerminal = false)
{
    private const int WidthOfFiles = 160;
    private IAnsiConsole? _out, _progress;

    /// <summary>Plain text on the output: JSON, help, completion scripts.</summary>
    public TextWriter Output => output;

    /// <summary>Plain text on the error stream.</summary>
    public TextWriter Error => error;

    /// <summary>Tables and styled text on the output; without colours where that is no terminal.</summary>
    public IAnsiConsole Out => _out ??= Create(output, outputIsTerminal);

    /// <summary>Progress on the error stream.</summary>
    public IAnsiConsole Progress => _progress ??= Create(error, errorIsTerminal);

    /// <summary>Whether progress may be drawn over.</summary>
    public bool IsLive => errorIsTerminal;

    /// <summary>The columns that plain text may take.</summary>
    public int TextWidth => outputIsTerminal ? Math.Clamp(Console.WindowWidth, 60, 110) : 100;

    /// <summary>The streams of this process.</summary>
    public static Terminal OfThisProcess()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") is "dumb";
        return new Terminal(
            Console.Out, Console.Error, !Console.IsOutputRedirected && !dumb, !Console.IsErrorRedirected && !dumb);
    }

    /// <summary>One line of markup that is never wrapped, so that paths in it can be copied.</summary>
    public void Line(string markup = "") => Line(Out, markup);

    /// <inheritdoc cref="Line(string)"/>
    public void ProgressLine(string markup) => Line(Progress, markup);

    private static void Line(IAnsiConsole console, string markup)
    {
        var width = console.Profile.Width;
        console.Profile.Width = int.MaxValue / 2;
        console.MarkupLine(FileName.Printable(markup));
        console.Profile.Width = width;
    }

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var colourless = !isTerminal || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colourless ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!isTerminal) console.Profile.Width = WidthOfFiles;
        return console;
    }
}
