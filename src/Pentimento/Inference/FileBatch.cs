using System.Diagnostics;
using Pentimento.Data;
using Pentimento.Files;

namespace Pentimento.Inference;

/// <summary>Works through a list of files. What goes wrong with one is its result, and the next one follows.</summary>
internal static class FileBatch
{
    /// <summary>Runs <paramref name="process"/> on each file, in order, on this thread.</summary>
    /// <param name="images">The files.</param>
    /// <param name="leftOut">What else was found among the inputs; goes into the result.</param>
    /// <param name="process">Does one file and tells the share that is done; an exception becomes a failure.</param>
    /// <param name="failure">The result of a file that failed, from the reason in one line.</param>
    /// <param name="progress">May be null.</param>
    /// <param name="cancellation">Ends the work; the file at hand then has no result.</param>
    public static FileBatchResult<TResult> Run<TResult>(
        IReadOnlyList<InputImage> images, LeftOut leftOut, Func<InputImage, IProgress<double>, TResult> process,
        Func<InputImage, string, TResult> failure, IProgress<FileProgress>? progress, CancellationToken cancellation)
        where TResult : FileResult
    {
        var clock = Stopwatch.StartNew();
        var results = new List<TResult>(images.Count);
        foreach (var image in images)
        {
            if (cancellation.IsCancellationRequested) break;
            void Report(double fraction, FileResult? result) =>
                progress?.Report(new FileProgress(results.Count, images.Count, image.Path, fraction, result, clock.Elapsed));
            var start = clock.Elapsed;
            Report(0, null);
            FileResult result;
            try
            {
                result = process(image, new Fractions(fraction => Report(fraction, null)));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) // whatever it is, it must not stop the files after it
            {
                result = failure(image, OneLine.Of(e, image.Path));
            }
            result = result with { Elapsed = clock.Elapsed - start };
            results.Add((TResult)result);
            Report(1, result);
        }
        return new FileBatchResult<TResult>(results, results.Count < images.Count, clock.Elapsed) { LeftOut = leftOut };
    }

    /// <summary>Unlike <see cref="Progress{T}"/> it reports on the working thread, in order.</summary>
    private sealed class Fractions(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
