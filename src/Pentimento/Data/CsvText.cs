using CsvHelper;
using Pentimento.Files;

namespace Pentimento.Data;

/// <summary>What the readers of CSV files share, and the writers.</summary>
internal static class CsvText
{
    // Far above a row of 785 numbers; a binary file that is called .csv stops here.
    private const int LongestRow = 1 << 20;

    /// <summary>
    /// Opens a file whose separator is one of comma, semicolon, tab and bar, in UTF-8 or with a byte order mark.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no file, but a pipe or a device.</exception>
    public static CsvReader Open(string file, bool hasHeader)
    {
        InputFile.Check(file);
        return CsvReader.FromFile(file, new CsvReaderOptions
        {
            HasHeader = hasHeader,
            TrimWhitespace = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            TrackLineNumbers = true,
            MaxRecordSize = LongestRow,
        });
    }

    /// <summary>
    /// How tables are written. A cell of text that begins with =, +, -, @, a tab or a carriage return gets an apostrophe before it:
    /// spreadsheets would else take it for a formula, and names of files come from anywhere. Numbers stay as they are.
    /// </summary>
    public static CsvWriterOptions Writing { get; } = new()
    {
        TrueValue = "true",
        FalseValue = "false",
        Injection = CsvInjection.Escape,
    };

    /// <summary>The first row of a file; empty where there is none or it is not that of a table.</summary>
    public static string[] FirstRow(string file)
    {
        using var csv = Open(file, hasHeader: false);
        try
        {
            return csv.Read() ? [.. Enumerable.Range(0, csv.FieldCount).Select(i => csv.GetString(i))] : [];
        }
        catch (CsvFormatException)
        {
            return [];
        }
    }

    /// <summary>Moves on to the next row.</summary>
    /// <exception cref="InvalidDataException">The row is no CSV; the message names the file and the row.</exception>
    public static bool ReadRow(this CsvReader csv, string file)
    {
        try
        {
            return csv.Read();
        }
        catch (CsvFormatException e)
        {
            throw new InvalidDataException($"CSV file '{file}', row {e.LineNumber}: {e.Message}", e);
        }
    }

    /// <summary>An error in the current row, counted in lines of the file from 1.</summary>
    public static InvalidDataException Error(this CsvReader csv, string file, string what) =>
        new($"CSV file '{file}', row {csv.LineNumber}: {what}.");

    /// <summary>The beginning of a value that an error quotes, on one line.</summary>
    public static string Shorten(string value) => OneLine.Of(value.Length <= 40 ? value : value[..40] + "…");
}
