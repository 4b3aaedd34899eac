using System.Globalization;
using Pentimento.Experiments;
using Spectre.Console;

namespace Pentimento.Cli.Output;

/// <summary>One class against the rest, as a table: a row for each class, a column for each detector.</summary>
internal static class OneClassTable
{
    public static void Print(IReadOnlyList<OneClassRow> rows, OneClassOptions options, Terminal terminal)
    {
        var table = Results.Table([.. new[] { "normal class" }, .. rows.Select(row => row.Detector)]);
        for (var column = 1; column <= rows.Count; column++) table.Columns[column].RightAligned();
        for (var i = 0; i < rows[0].Classes.Count; i++)
            Add(rows[0].Classes[i].Label, row => Number(row.Classes[i].Auroc.Estimate));
        table.AddEmptyRow();
        Add("mean AUROC", row => Number(row.Mean.Estimate));
        Add("95 % interval", row => $"{Number(row.Mean.Lower)} – {Number(row.Mean.Upper)}");
        for (var i = 0; i < options.FalseAlarmRates.Count; i++)
        {
            var rate = i;
            Add($"false alarms, {Share(options.FalseAlarmRates[i])} asked", row => Share(row.Rates[rate].FalseAlarms.Estimate));
            Add("95 % interval", row => $"{Share(row.Rates[rate].FalseAlarms.Lower)} – {Share(row.Rates[rate].FalseAlarms.Upper)}");
            Add("found", row => Share(row.Rates[rate].Found));
        }
        Add("by seed", row => string.Join(" ", row.BySeed.Select(Number)));
        Add("seconds", row => row.Seconds.ToString("F0", CultureInfo.InvariantCulture));
        terminal.Out.Write(table);
        terminal.Line($"Seeds from {options.Detectors.Seed} on. " + (options.OnTrainingImages
            ? "Measured on a fifth of the training images, to choose settings by."
            : "Learnt from the training images of the class, measured on all test images.")
            + (options.FalseAlarmRates.Count > 0 ? " Calibrated on training images that were not learnt from." : ""));

        void Add(string name, Func<OneClassRow, string> cell) =>
            table.AddRow([.. new[] { name }.Concat(rows.Select(cell)).Select(text => Markup.Escape(text))]);
    }

    private static string Share(double value) => $"{(100 * value).ToString("0.##", CultureInfo.InvariantCulture)} %";

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
