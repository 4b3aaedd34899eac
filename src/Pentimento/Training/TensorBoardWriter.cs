using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Pentimento.Training;

/// <summary>Writes scalars to a TensorBoard event file. Not for use from several threads at once.</summary>
/// <remarks>
/// The messages are TorchSharp's, the file is not: its <c>SummaryWriter</c> (0.107) stores times in ticks or as single
/// precision where TensorBoard reads seconds, opens and closes the file for every value, and cannot announce a resumed run.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    /// <summary>How the names of event files begin.</summary>
    internal const string FileStart = "events.out.tfevents.";

    private readonly TimeProvider time;
    private readonly FileStream file;

    /// <summary>Starts an event file of its own, which TensorBoard reads after those that lie in the folder already.</summary>
    /// <param name="folder">Where to write; created when missing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="firstStep">TensorBoard drops what earlier event files of the folder say of this step and later ones.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public TensorBoardWriter(string folder, TimeProvider time, long firstStep = 0)
    {
        this.time = time;
        (file, Path) = CreateAfterOthers(Directory.CreateDirectory(folder), time.GetUtcNow().ToUnixTimeSeconds());
        Write(new Event { FileVersion = "brain.Event:2" });
        Write(new Event { Step = firstStep, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
    }

    /// <summary>The file that is written.</summary>
    public string Path { get; }

    /// <summary>Adds scalars of one step. They are in the file when the call returns.</summary>
    /// <param name="step">Optimiser steps done, over all epochs.</param>
    /// <param name="scalars">Tags and values, stored as single precision; "train/loss" shows in the group "train".</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(long step, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        var summary = new Summary();
        foreach (var (tag, value) in scalars)
            summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
        Write(new Event { Step = step, Summary = summary });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    /// <summary>TensorBoard reads event files in the order of their names, which hold the second they were made in.</summary>
    private static (FileStream, string) CreateAfterOthers(DirectoryInfo folder, long second)
    {
        var latest = folder.EnumerateFiles(FileStart + "*")
            .Select(f => long.TryParse(f.Name[FileStart.Length..].Split('.')[0], out var made) ? made : 0).DefaultIfEmpty().Max();
        var path = System.IO.Path.Combine(folder.FullName, $"{FileStart}{Math.Max(second, latest + 1)}.{Environment.MachineName}");
        return (new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0), path);
    }

    /// <summary>A TFRecord: length, checksum, message, checksum; in one piece, so that a kill tears at most the last.</summary>
    private void Write(Event entry)
    {
        entry.WallTime = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        var message = entry.ToByteArray(); // TorchSharp's generated code is too old to write into a span.
        Span<byte> record = new byte[message.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], MaskedCrc(record[..8]));
        message.CopyTo(record[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[^4..], MaskedCrc(message));
        file.Write(record);
    }

    /// <summary>CRC-32C, rotated and shifted, as TensorFlow's record_writer.h does for data that holds checksums.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
