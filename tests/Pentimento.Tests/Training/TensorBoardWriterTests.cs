using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Pentimento.Training;

namespace Pentimento.Tests.Training;

/// <summary>
/// Reads event files from their published format alone: TFRecord framing (tensorflow/core/lib/io/record_writer.h) and the
/// field numbers of event.proto and summary.proto, with a bitwise CRC-32C.
/// </summary>
public sealed class TensorBoardWriterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pentimento-events-").FullName;
    private readonly TestClock clock = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Scalars_read_back_with_tag_step_and_time_in_seconds()
    {
        using var writer = new TensorBoardWriter(folder, clock);
        clock.Advance(0.5);
        writer.Add(300_000, ("train/loss", 0.25), ("train/σ", double.NaN));

        var events = Read(writer.Path);
        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal(1795443930.5, events[2].WallTime); // 2026-11-23T14:25:30.5Z
        Assert.Equal(300_000, events[2].Step);
        Assert.Equal([("train/loss", 0.25f), ("train/σ", float.NaN)], events[2].Scalars);
    }

    [Fact]
    public void The_file_is_named_as_TensorBoard_looks_for_it()
    {
        using var writer = new TensorBoardWriter(folder, clock);

        Assert.Equal($"events.out.tfevents.1795443930.{Environment.MachineName}", Path.GetFileName(writer.Path));
    }

    [Fact]
    public void A_resumed_run_announces_its_first_step_in_a_file_that_sorts_after_the_earlier_one()
    {
        using (var log = new MetricsLog(folder, time: clock)) log.Log(5, 0, ("loss", 1));
        using (var log = new MetricsLog(folder, resumedStep: 3, clock)) log.Log(4, 0, ("loss", 2)); // Within the same second.

        var files = Directory.GetFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        Assert.Equal([0, 5], Read(files[0]).Skip(1).Select(e => e.Step));
        var resumed = Read(files[1]);
        Assert.Equal((4, true), (resumed[1].Step, resumed[1].IsSessionStart));
        Assert.Equal([("loss", 2f)], resumed[2].Scalars);
    }

    [Fact]
    public void The_readers_checksum_is_CRC_32C() // RFC 3720, B.4: 32 bytes of zeros.
    {
        var unmasked = MaskedCrc(new byte[32]) - 0xA282EAD8u;
        Assert.Equal(0x8A9136AAu, (unmasked >> 17) | (unmasked << 15));
    }

    private sealed record ReadEvent(
        double WallTime, long Step, string? FileVersion, bool IsSessionStart, List<(string, float)> Scalars);

    private static List<ReadEvent> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);

        var events = new List<ReadEvent>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(MaskedCrc(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var message = bytes.AsSpan(at + 12, length).ToArray();
            Assert.Equal(MaskedCrc(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(ReadMessage(message));
            at += length + 16;
        }
        return events;
    }

    private static ReadEvent ReadMessage(byte[] message)
    {
        var read = new ReadEvent(0, 0, null, false, []);
        foreach (var (field, value) in Fields(message))
            read = (field, value) switch
            {
                (1, double time) => read with { WallTime = time },
                (2, long step) => read with { Step = step },
                (3, byte[] version) => read with { FileVersion = Encoding.UTF8.GetString(version) },
                (5, byte[] summary) => read with { Scalars = [.. Fields(summary).Select(v => Scalar((byte[])v.Value))] },
                (7, byte[] session) => read with { IsSessionStart = Fields(session).Single() is (1, 1L) },
                _ => throw new InvalidDataException($"Unexpected field {field}."),
            };
        return read;
    }

    private static (string, float) Scalar(byte[] value)
    {
        var fields = Fields(value).ToDictionary();
        return (Encoding.UTF8.GetString((byte[])fields[1]), (float)fields[2]);
    }

    private static List<KeyValuePair<int, object>> Fields(byte[] message)
    {
        var fields = new List<KeyValuePair<int, object>>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
            fields.Add(new((int)(tag >> 3), (tag & 7) switch
            {
                0 => input.ReadInt64(),
                1 => input.ReadDouble(),
                2 => input.ReadBytes().ToByteArray(),
                5 => input.ReadFloat(),
                var wire => throw new InvalidDataException($"Unexpected wire type {wire}."),
            }));
        return fields;
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78u);
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
    }
}
