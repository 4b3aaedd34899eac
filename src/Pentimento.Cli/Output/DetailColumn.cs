using System.Collections.Concurrent;
using Pentimento.Files;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pentimento.Cli.Output;

/// <summary>A few words behind a bar: speed, time left, loss.</summary>
internal sealed class DetailColumn : ProgressColumn
{
    private readonly ConcurrentDictionary<int, string> _texts = [];

    protected override bool NoWrap => true;

    public void Set(ProgressTask task, string text) => _texts[task.Id] = FileName.Printable(text);

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(_texts.GetValueOrDefault(task.Id, ""), new Style(Color.Grey)) { Overflow = Overflow.Ellipsis };
}
