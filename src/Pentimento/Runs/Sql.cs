using System.Globalization;
using Microsoft.Data.Sqlite;
using SqlValues = System.ReadOnlySpan<(string Name, object? Value)>;

namespace Pentimento.Runs;

/// <summary>Short ways to say what ADO.NET says at length.</summary>
internal static class Sql
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"; // Sorts as text, and reads well in any SQLite browser.

    public static SqliteCommand Command(this SqliteConnection connection, string sql, params SqlValues values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
            command.Parameters.AddWithValue(name, value switch
            {
                null or double.NaN => DBNull.Value,
                DateTimeOffset time => Text(time),
                _ => value,
            });
        return command;
    }

    public static int Execute(this SqliteConnection connection, string sql, params SqlValues values)
    {
        using var command = connection.Command(sql, values);
        return command.ExecuteNonQuery();
    }

    public static T? Scalar<T>(this SqliteConnection connection, string sql, params SqlValues values)
    {
        using var command = connection.Command(sql, values);
        return command.ExecuteScalar() is T value ? value : default;
    }

    public static List<T> Query<T>(
        this SqliteConnection connection, Func<SqliteDataReader, T> row, string sql, params SqlValues values)
    {
        using var command = connection.Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">It is no time; the message names the column.</exception>
    public static DateTimeOffset Time(this SqliteDataReader row, string column) => DateTimeOffset.TryParseExact(
        row.Text(column), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new FormatException($"its '{column}' is no time");

    /// <exception cref="FormatException">It is no text; the message names the column.</exception>
    public static string Text(this SqliteDataReader row, string column) => row.TextOrNull(column)
        ?? throw new FormatException($"its '{column}' is missing");

    public static string? TextOrNull(this SqliteDataReader row, string column) => row[column] as string;

    /// <exception cref="FormatException">It is no whole number; the message names the column.</exception>
    public static long Integer(this SqliteDataReader row, string column) => row[column] is long value ? value
        : throw new FormatException($"its '{column}' is no whole number");

    public static double? Real(this SqliteDataReader row, string column) => row[column] as double?;
}
