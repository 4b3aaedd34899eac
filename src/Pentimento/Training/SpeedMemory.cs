using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pentimento.Files;
using Pentimento.Numerics;
using static TorchSharp.torch;

namespace Pentimento.Training;

/// <summary>
/// Which form of a computation was the fastest on this machine, by what was computed: measured once, kept in
/// <c>speed.json</c> of the <see cref="HomeFolder"/>. Deleting the file has everything measured anew.
/// </summary>
internal static class SpeedMemory
{
    private static readonly ConcurrentDictionary<string, ComputeForm> s_thisProcess = new();
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // × stays legible
        Converters = { new JsonStringEnumConverter() },
    };
    private static readonly Lock s_file = new();

    /// <summary>The remembered form, or what <paramref name="measure"/> finds, which is remembered.</summary>
    /// <param name="work">What is computed; the machine is added to it.</param>
    /// <param name="measure">Runs when nothing is remembered.</param>
    public static ComputeForm Fastest(string work, Func<ComputeForm> measure) =>
        s_thisProcess.GetOrAdd($"{work}, {get_num_threads()} threads, {Machine.Name}", key =>
        {
            lock (s_file)
            {
                var path = HomeFolder.PathOf("speed.json");
                var remembered = Read(path);
                if (remembered.TryGetValue(key, out var form)) return form;
                form = remembered[key] = measure();
                try
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    AtomicFile.WriteText(path, JsonSerializer.Serialize(remembered, s_json));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // A home that cannot be written to costs a measurement in every process, nothing else.
                }
                return form;
            }
        });

    private static SortedDictionary<string, ComputeForm> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<SortedDictionary<string, ComputeForm>>(InputFile.ReadAllBytes(path), s_json) ?? [];
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException or InvalidDataException)
        {
            return []; // absent or damaged: measured anew
        }
    }
}
