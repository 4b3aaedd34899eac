using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Pentimento.Imaging;

namespace Pentimento.Data;

/// <summary>The one pass over all images when a dataset is opened: decodes, checks, hashes, and keeps what fits.</summary>
internal static class DatasetDecoder
{
    internal sealed record Decoded(
        ImageShape Shape, int[] SourceIndices, ImageShape[] Shapes, PlanarImage[]? Images, IReadOnlyList<SkippedImage> Skipped,
        string Fingerprint, string[] Contents);

    public static Decoded Decode(
        ImageSource source, Preprocessing preprocessing, ImageDatasetOptions options, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        var items = source.Items;
        if (items.Count == 0) throw new InvalidDataException($"'{source.Name}' holds no images.");
        var images = new PlanarImage[items.Count];
        var shapes = new ImageShape[items.Count];
        var hashes = new byte[items.Count][];
        var failures = new ExceptionDispatchInfo?[items.Count];

        // The first readable image sets the shape, and with it whether everything fits in memory; unless sizes may differ.
        var first = 0;
        while (!TryDecode(first))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!options.SkipUnreadable) failures[first]!.Throw();
            if (++first == items.Count)
                throw new InvalidDataException(
                    $"None of the {items.Count} images of '{source.Name}' can be read. {failures[0]!.SourceException.Message}");
        }
        var (shape, mixed) = (images[first].Shape, options.MixedSizes || options.PatchSize is not null);
        var keep = mixed || images[first].Bytes <= options.MemoryBudget / items.Count;
        var kept = images[first].Bytes;

        var done = first + 1;
        var step = Math.Max(1, items.Count / 100);
        var telling = new Lock(); // whoever listens hears one number after the other
        // Break, not Stop: all images before the failing one are still decoded, so the error names the first of them.
        var result = InParallel(done, items.Count, cancellation, (i, loop) =>
        {
            if (TryDecode(i) ? !mixed && images[i].Shape != shape : !options.SkipUnreadable) loop.Break();
            if (mixed && images[i].IsPresent && Interlocked.Add(ref kept, images[i].Bytes) > options.MemoryBudget) keep = false;
            if (!keep) images[i] = default;
            lock (telling)
                if (++done % step == 0) progress?.Report(done);
        });
        if (result.LowestBreakIteration is { } failed)
        {
            failures[failed]?.Throw();
            throw DifferentShape(items[(int)failed], source.Read((int)failed, preprocessing).Shape, items[first], shape);
        }
        progress?.Report(items.Count);

        var readable = Enumerable.Range(0, items.Count).Where(i => failures[i] is null).ToArray();
        if (mixed)
            shape = options.PatchSize is { } side ? shape with { Height = side, Width = side }
                : shape with { Height = readable.Max(i => shapes[i].Height), Width = readable.Max(i => shapes[i].Width) };
        return new Decoded(shape, readable, [.. readable.Select(i => shapes[i])],
            keep ? [.. readable.Select(i => images[i])] : null,
            [.. Enumerable.Range(0, items.Count).Where(i => failures[i] is not null)
                .Select(i => new SkippedImage(items[i].Id, failures[i]!.SourceException.Message))],
            Fingerprint(shape, items, readable, hashes, mixed ? shapes : null),
            [.. readable.Select(i => $"{shapes[i]} {Convert.ToHexString(hashes[i])}")]);

        bool TryDecode(int i)
        {
            try
            {
                images[i] = new PlanarImage(source.Read(i, preprocessing));
                (hashes[i], shapes[i]) = (images[i].Hash(), images[i].Shape);
                return true;
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                failures[i] = ExceptionDispatchInfo.Capture(e);
                return false;
            }
        }
    }

    // A fault that is not the image's comes out as it is, not wrapped as one of several.
    private static ParallelLoopResult InParallel(
        int from, int to, CancellationToken cancellation, Action<int, ParallelLoopState> body)
    {
        try
        {
            return Parallel.For(from, to, new ParallelOptions { CancellationToken = cancellation }, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            throw;
        }
    }

    private static InvalidDataException DifferentShape(ImageItem item, ImageShape shape, ImageItem first, ImageShape expected) =>
        new($"Image '{item.Id}' is {shape}, but '{first.Id}' is {expected}. All images of a set need one shape: " +
            "choose one with --size (the shorter side is resized to it and the centre cropped).");

    private static string Fingerprint(
        ImageShape shape, IReadOnlyList<ImageItem> items, int[] readable, byte[][] hashes, ImageShape[]? shapes)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Whole pictures and patches of them are the same images.
        all.AppendData(Encoding.UTF8.GetBytes(shapes is null ? shape.ToString() : $"{shape.Channels}"));
        foreach (var i in readable)
        {
            // Ids and labels hold no zero bytes, so no two lists of items give the same text.
            var item = items[i];
            all.AppendData(Encoding.UTF8.GetBytes($"{item.Id}\0{item.Label}\0{item.Split}\0{item.Group}\0"));
            all.AppendData(hashes[i]);
            if (shapes is not null) all.AppendData(Encoding.UTF8.GetBytes(shapes[i].ToString()));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }
}
