namespace Pentimento.Imaging;

/// <summary>Frees the libvips objects of one piece of work at its end, the later ones first.</summary>
internal sealed class VipsScope : IDisposable
{
    private readonly Stack<IDisposable> objects = new();

    /// <summary>Hands the object back; it lives as long as the scope.</summary>
    public T Keep<T>(T made) where T : IDisposable
    {
        objects.Push(made);
        return made;
    }

    public void Dispose()
    {
        while (objects.TryPop(out var made)) made.Dispose();
    }
}
