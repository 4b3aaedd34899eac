namespace Pentimento.Reports;

/// <summary>A small picture with a few words, mostly a link to a page of its own.</summary>
/// <param name="Title">The picture's name.</param>
/// <param name="Picture">Null where it is not known; a blank stands in its place.</param>
internal sealed record GalleryItem(string Title, EmbeddedPicture? Picture)
{
    /// <summary>The page that it leads to, as <see cref="Html.Address"/> gives it; null for none.</summary>
    public string? Address { get; init; }

    /// <summary>Lines below the name.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];
}

/// <summary>Sets small pictures, as many beside each other as fit.</summary>
internal static class Gallery
{
    public static void Write(Html html, IReadOnlyList<GalleryItem> items)
    {
        html.Raw("<ol class=\"gallery\">\n");
        foreach (var item in items)
        {
            html.Raw("<li>");
            if (item.Address is { } address) html.Raw($"<a href=\"{Html.Escape(address)}\">");
            // The name stands below: a second time in the ears of those who cannot see the picture would be noise.
            if (item.Picture is { } picture)
                html.Raw($"<span class=\"frame\">{picture.Tag("", "loading=\"lazy\" decoding=\"async\"")}</span>");
            else html.Raw("<span class=\"frame none\">not found</span>");
            html.Raw($"<b>{Html.Escape(item.Title)}</b>");
            if (item.Address is not null) html.Raw("</a>");
            foreach (var line in item.Lines) html.Raw($"<em>{Html.Escape(line)}</em>");
            html.Raw("</li>\n");
        }
        html.Raw("</ol>\n");
    }
}
