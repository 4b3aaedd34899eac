using NetVips;

namespace Pentimento.Imaging;

/// <summary>Why libvips cannot decode a file, in its own words: what is inside the exception that names the file.</summary>
internal sealed class DecodingFailure(string cause, Exception inner) : Exception(cause, inner);

/// <summary>
/// libvips keeps one list of errors for the whole process, and adds to it whatever thread something goes wrong on. Here each error
/// gets to the file that it is of: what was read alone is believed; where others were read meanwhile, the file is read once more
/// while nobody else reads.
/// </summary>
internal static class VipsErrors
{
    private static readonly ReaderWriterLockSlim s_readers = new();
    private static readonly Lock s_counting = new();
    private static int s_reading;
    private static long s_begun;

    /// <summary>Runs work on a file. It must not wait for other work of this kind.</summary>
    /// <exception cref="InvalidDataException">libvips failed; a <see cref="DecodingFailure"/> is inside.</exception>
    public static T Watch<T>(EncodedImage file, Func<T> work)
    {
        LibVips.Load();
        VipsException failure;
        string? cause = null;
        s_readers.EnterReadLock();
        try
        {
            long number;
            lock (s_counting)
            {
                if (s_reading++ == 0) LibVips.Forget();
                number = s_reading == 1 ? ++s_begun : -++s_begun;
            }
            try
            {
                return work();
            }
            catch (VipsException e)
            {
                failure = e;
                lock (s_counting)
                    if (number == s_begun) cause = LibVips.Reason(e);
            }
            finally
            {
                lock (s_counting) s_reading--;
            }
        }
        finally
        {
            s_readers.ExitReadLock();
        }
        // What a decoder warned of while it read the rows before may be all that it says.
        if (string.IsNullOrEmpty(cause)) cause = Alone(file, failure);
        if (cause.Length == 0) cause = "libvips gives no reason";
        throw new InvalidDataException($"{file.Name}: {VipsLoader.Reason(file, cause)}", new DecodingFailure(cause, failure));
    }

    private static string Alone(EncodedImage file, VipsException failure)
    {
        s_readers.EnterWriteLock();
        try
        {
            LibVips.Forget();
            using var scope = new VipsScope();
            var image = VipsLoader.Open(file, long.MaxValue, scope).Upright;
            using var region = Region.New(image);
            for (var row = 0; row < image.Height; row++) region.Fetch(0, row, image.Width, 1);
            return LibVips.Reason(failure);
        }
        catch (VipsException e)
        {
            return LibVips.Reason(e);
        }
        finally
        {
            s_readers.ExitWriteLock();
        }
    }
}
