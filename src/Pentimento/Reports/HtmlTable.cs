namespace Pentimento.Reports;

/// <summary>Sets a table.</summary>
internal static class HtmlTable
{
    public static void Write(Html html, ReportTable table)
    {
        var numeric = Enumerable.Range(0, table.Columns.Count)
            .Select(c => c > 0 && table.Rows.Count > 0 && table.Rows.All(row => IsNumeric(row[c]))).ToArray();
        string Attributes(int column)
        {
            string[] names = [numeric[column] ? "num" : "", column == table.Highlight ? "hot" : ""];
            var css = string.Join(' ', names.Where(n => n.Length > 0));
            return css.Length > 0 ? $" class=\"{css}\"" : "";
        }
        html.Raw($"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{Html.Escape(table.Caption)}\"><table>\n")
            .Raw("<caption>").Element("span", table.Caption).Raw("</caption><thead><tr>");
        for (var c = 0; c < table.Columns.Count; c++) html.Element($"th scope=\"col\"{Attributes(c)}", table.Columns[c]);
        html.Raw("</tr></thead>\n<tbody>\n");
        for (var r = 0; r < table.Rows.Count; r++)
        {
            html.Raw("<tr>").Element($"th scope=\"row\"{Attributes(0)}", table.Rows[r][0]);
            for (var c = 1; c < table.Columns.Count; c++) html.Element($"td{Attributes(c)}", table.Rows[r][c]);
            html.Raw("</tr>\n");
        }
        html.Raw("</tbody></table></div>\n");
    }

    private static bool IsNumeric(string cell) =>
        cell.Length == 0 || char.IsAsciiDigit(cell[0]) || cell[0] is '−' or '-' or '+' or '–' or '∞' or '<';
}
