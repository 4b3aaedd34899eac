using Microsoft.Data.Sqlite;
using Pentimento.Files;

namespace Pentimento.Runs;

/// <summary>The SQLite file: opening it, its schema, and its errors in words.</summary>
internal sealed class RunDatabase(string path)
{
    // "PENT". Tells a run store from other programs' SQLite files before anything is changed in it.
    private const int ApplicationId = 0x50454E54;

    // Migrations[v] takes a file from schema version v to v + 1. Never edit one that was released: append.
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
            verb TEXT NOT NULL, command_line TEXT NOT NULL, options TEXT NOT NULL,
            data_name TEXT NOT NULL, data_fingerprint TEXT NOT NULL, split TEXT, seed INTEGER NOT NULL, versions TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'failed')), reason TEXT,
            started TEXT NOT NULL, ended TEXT, last_seen TEXT NOT NULL,
            host TEXT NOT NULL, process INTEGER NOT NULL, process_started TEXT NOT NULL) STRICT;
        -- SQLite stores not-a-number as NULL, so a NULL value reads as not-a-number.
        CREATE TABLE metrics (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT NULL, step INTEGER NOT NULL,
            epoch INTEGER NOT NULL, value REAL, PRIMARY KEY (run, name, step)) STRICT, WITHOUT ROWID;
        CREATE TABLE final_metrics (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT NULL,
            value REAL, lower REAL, upper REAL, PRIMARY KEY (run, name)) STRICT, WITHOUT ROWID;
        CREATE TABLE artefacts (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, path TEXT NOT NULL,
            kind TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, path)) STRICT, WITHOUT ROWID;
        """,
    ];

    /// <summary>Another process's transaction is waited for this long.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Creates the file where there is none, and brings an older one up to date.</summary>
    public void Prepare() => Translate(() =>
    {
        if (!Directory.Exists(path) && FileKind.Unreadable(path) is { } kind)
            throw new InvalidDataException($"'{path}' is not a run store: it is {kind}.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var connection = Open(SqliteOpenMode.ReadWriteCreate);
        using (connection.BeginTransaction(deferred: true)) // One view of a file that another process may just be creating.
            if (Version(connection) == Migrations.Length) return;

        connection.Execute("PRAGMA journal_mode = WAL"); // Readers and the one writer do not wait for each other.
        using var transaction = connection.BeginTransaction(); // Takes the write lock: of two new processes, one migrates.
        for (var version = Version(connection); version < Migrations.Length; version++)
            connection.Execute(Migrations[version]);
        connection.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Migrations.Length}");
        transaction.Commit();
    });

    /// <summary>Runs <paramref name="work"/> on a connection of its own.</summary>
    public T Use<T>(Func<SqliteConnection, T> work) => Translate(() =>
    {
        using var connection = Open();
        return work(connection);
    });

    /// <summary>A new connection to a prepared file; wrap its use in <see cref="Translate{T}"/>.</summary>
    public SqliteConnection Open(SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            ForeignKeys = true,
            Pooling = false, // A closed store is a closed file, which can be moved or deleted.
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Runs <paramref name="work"/>, turning SQLite's errors into those that <see cref="RunStore"/> documents.</summary>
    public T Translate<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            throw Explain(e);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"The run store '{path}' is damaged: of a row, {OneLine.Of(e)}", e);
        }
        catch (ArgumentOutOfRangeException e) when (e.TargetSite?.DeclaringType?.Namespace == typeof(SqliteException).Namespace)
        {
            throw new InvalidDataException($"The run store '{path}' is damaged: it has no column '{e.ActualValue}'", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot use the run store '{path}': {OneLine.Of(e)}", e);
        }
    }

    /// <inheritdoc cref="Translate{T}"/>
    public void Translate(Action work) => Translate(() =>
    {
        work();
        return 0;
    });

    internal Exception Explain(SqliteException e)
    {
        const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;
        return e.SqliteErrorCode switch
        {
            NotADatabase => new InvalidDataException($"'{path}' is not a run store: it is not an SQLite database.", e),
            Corrupt => new InvalidDataException($"The run store '{path}' is damaged: {OneLine.Of(e)}", e),
            _ => new IOException($"Cannot use the run store '{path}': " + e.SqliteErrorCode switch
            {
                Busy or Locked => $"another process has held it for {BusyTimeout.TotalSeconds:0} s.",
                ReadOnly => "it, or its folder, is read-only.",
                IoError => "the disk reports an error.",
                Full => "the disk is full.",
                CannotOpen => "it cannot be opened or created.",
                _ => OneLine.Of(e),
            }, e),
        };
    }

    private int Version(SqliteConnection connection)
    {
        var application = connection.Scalar<long>("PRAGMA application_id");
        var version = connection.Scalar<long>("PRAGMA user_version");
        if (application != ApplicationId && connection.Scalar<long>("SELECT count(*) FROM sqlite_master") > 0)
            throw new InvalidDataException($"'{path}' is not a run store: it is another program's SQLite database.");
        if (version < 0) throw new InvalidDataException($"The run store '{path}' is damaged: it has the schema version {version}.");
        if (version > Migrations.Length)
            throw new InvalidDataException($"The run store '{path}' has schema version {version}; "
                + $"this version of Pentimento reads up to {Migrations.Length}. Use a newer Pentimento, or another store.");
        return (int)version;
    }
}
