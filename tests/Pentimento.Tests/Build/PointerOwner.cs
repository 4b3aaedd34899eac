namespace Pentimento.Tests.Build;

/// <summary>Reads pointers in every kind of place that code has: where branches lead, in regions, before several returns.</summary>
public sealed class PointerOwner(int number)
{
    private readonly IntPtr _pointer = number;

    private IntPtr Pointer => _pointer;

    public static string Walk(int way)
    {
        PointerOwner a = new(1), b = new(2), none = null!;
        try
        {
            return $"{Choose(a, b, way)} {Region(way > 3 ? none : a, [a, b], way)} {Sum([a, b, a], (b, way))}";
        }
        catch (NullReferenceException)
        {
            return "none";
        }
    }

    private static IntPtr Choose(PointerOwner a, PointerOwner? b, int way)
    {
        if (way == 0) return a.Pointer;
        if (way == 1) return b?.Pointer ?? a._pointer;
        var chosen = (way % 2 == 0 ? a : b)!.Pointer;
        return way switch
        {
            2 => chosen,
            3 => (way > 2 ? b! : a).Pointer + a.Pointer,
            _ => chosen + (b is null ? IntPtr.Zero : b.Pointer),
        };
    }

    private static int Region(PointerOwner owner, PointerOwner[] others, int way)
    {
        var total = 0;
        try
        {
            foreach (var other in others)
            {
                if (way == 6) throw new InvalidOperationException();
                total += (int)other.Pointer;
            }
            if (way == 2) return total + (int)owner.Pointer;
            return total * (int)owner.Pointer;
        }
        catch (InvalidOperationException) when (owner is null)
        {
            return (int)others[0].Pointer;
        }
        finally
        {
            total += (int)others[^1].Pointer;
        }
    }

    private static long Sum(IEnumerable<PointerOwner> owners, (PointerOwner Owner, int Times) more) =>
        owners.Sum(owner => (long)owner.Pointer) + more.Owner.Pointer * more.Times;
}
