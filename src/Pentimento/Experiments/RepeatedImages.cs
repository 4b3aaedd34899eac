using Pentimento.Data;

namespace Pentimento.Experiments;

/// <summary>
/// Pictures that are there more than once, under other names or through links: figures of them tell less than they seem to.
/// </summary>
internal static class RepeatedImages
{
    /// <summary>What a person should know: all pictures are one, or some are learnt from and measured on.</summary>
    public static IEnumerable<string> Remarks(ExperimentData data)
    {
        var images = data.Images;
        if (AllAlike(images) is { } alike)
        {
            yield return alike;
            yield break; // the rest follows from it
        }
        var learnt = new Dictionary<string, int>();
        foreach (var i in data.Train.Concat(data.Validation)) learnt.TryAdd(images.ContentOf(i), i);
        (ImageDataset Set, int Index)[] measured =
        [
            .. data.Test.Concat(data.Anomalous).Select(i => (images, i)),
            .. Enumerable.Range(0, data.Others?.Count ?? 0).Select(i => (data.Others!, i)),
        ];
        var known = Array.FindAll(measured, one => learnt.ContainsKey(one.Set.ContentOf(one.Index)));
        if (known is not [var first, ..]) yield break;
        var twin = images.Items[learnt[first.Set.ContentOf(first.Index)]].Id;
        yield return $"{known.Length:N0} of {measured.Length:N0} pictures to measure on {(known.Length == 1 ? "is" : "are")} also learnt " +
            $"from: '{first.Set.Items[first.Index].Id}' is the same picture as '{twin}'.";
    }

    /// <summary>That a set has one picture many times; else null.</summary>
    public static string? AllAlike(ImageDataset images) =>
        images.Count > 1 && Enumerable.Range(1, images.Count - 1).All(i => images.ContentOf(i) == images.ContentOf(0))
            ? $"All {images.Count:N0} pictures of '{images.Source.Name}' are identical: there is nothing to tell them apart by." : null;
}
