using System.Net;
using System.Text;

namespace Pentimento.Reports;

/// <summary>Writes HTML; every text goes through <see cref="Escape"/>.</summary>
internal sealed class Html
{
    private readonly StringBuilder _text = new();

    /// <summary>Text made safe for content and quoted attributes. Control characters that HTML forbids become spaces.</summary>
    public static string Escape(string? text) =>
        WebUtility.HtmlEncode(string.Concat((text ?? "").Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? ' ' : c)));

    /// <summary>A path of files as a link: every part safe, whatever is in it.</summary>
    public static string Address(string path) => string.Join('/', path.Split('/', '\\').Select(Uri.EscapeDataString));

    /// <summary>Adds markup as it is.</summary>
    public Html Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Adds an element around text.</summary>
    /// <param name="tag">The tag, with attributes that are already safe: <c>p class="lead"</c>.</param>
    /// <param name="text">Any text; null adds nothing.</param>
    public Html Element(string tag, string? text)
    {
        if (text is null) return this;
        _text.Append('<').Append(tag).Append('>').Append(Escape(text)).Append("</").Append(tag.Split(' ')[0]).Append(">\n");
        return this;
    }

    public override string ToString() => _text.ToString();
}
