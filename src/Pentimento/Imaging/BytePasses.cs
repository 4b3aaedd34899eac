using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pentimento.Imaging;

/// <summary>The two passes of an 8-bit resize: whole-number sums of samples × weights, rounded to 8 bits after each.</summary>
internal static class BytePasses
{
    private const int Half = 1 << (FilterWeights.PrecisionBits - 1);

    /// <summary>Filters every row; the result has as many rows and <paramref name="weights"/>' number of columns.</summary>
    public static byte[] Horizontal(byte[] source, int height, int width, int channels, FilterWeights weights)
    {
        int outputs = weights.First.Length, stride = width * channels, outputStride = outputs * channels;
        var fixedPoint = weights.FixedPoint();
        var target = new byte[height * outputStride];
        for (var y = 0; y < height; y++)
        {
            var row = source.AsSpan(y * stride, stride);
            var result = target.AsSpan(y * outputStride, outputStride);
            for (var x = 0; x < outputs; x++)
            {
                var k = fixedPoint.AsSpan(x * weights.MaxTaps, weights.Taps[x]);
                var pixels = row.Slice(weights.First[x] * channels, k.Length * channels);
                if (channels == 3) ColourPixel(pixels, k, result.Slice(x * 3, 3));
                else result[x] = GreyPixel(pixels, k);
            }
        }
        return target;
    }

    /// <summary>Filters every column; rows are <paramref name="rowLength"/> samples long.</summary>
    public static byte[] Vertical(byte[] source, int rowLength, FilterWeights weights)
    {
        var outputs = weights.First.Length;
        var fixedPoint = weights.FixedPoint();
        var target = new byte[outputs * rowLength];
        var sums = new int[rowLength];
        for (var y = 0; y < outputs; y++)
        {
            Array.Fill(sums, Half);
            for (var t = 0; t < weights.Taps[y]; t++)
                AddRow(source.AsSpan((weights.First[y] + t) * rowLength, rowLength), fixedPoint[y * weights.MaxTaps + t], sums);
            var row = target.AsSpan(y * rowLength, rowLength);
            for (var i = 0; i < row.Length; i++) row[i] = Clip(sums[i]);
        }
        return target;
    }

    private static void AddRow(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref var source = ref MemoryMarshal.GetReference(row);
            ref var target = ref MemoryMarshal.GetReference(sums);
            var factor = Vector256.Create(weight);
            for (; i <= row.Length - 16; i += 16)
            {
                var samples = Vector256.WidenLower(Vector128.LoadUnsafe(ref source, (nuint)i).ToVector256Unsafe()).AsInt16();
                var low = Vector256.LoadUnsafe(ref target, (nuint)i) + Vector256.WidenLower(samples) * factor;
                var high = Vector256.LoadUnsafe(ref target, (nuint)i + 8) + Vector256.WidenUpper(samples) * factor;
                low.StoreUnsafe(ref target, (nuint)i);
                high.StoreUnsafe(ref target, (nuint)i + 8);
            }
        }
        for (; i < row.Length; i++) sums[i] += row[i] * weight;
    }

    // One vector holds the three sums of a pixel, so that a tap costs one multiplication instead of three.
    private static void ColourPixel(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> k, Span<byte> result)
    {
        Vector128<int> even = Vector128.Create(Half), odd = Vector128<int>.Zero;
        ref var source = ref MemoryMarshal.GetReference(pixels);
        var t = 0;
        // Reads four bytes for a pixel of three: the last pixel is done apart, lest the read pass the end of the image.
        for (; t < k.Length - 2; t += 2)
        {
            even += Widen(ref source, t) * Vector128.Create(k[t]);
            odd += Widen(ref source, t + 1) * Vector128.Create(k[t + 1]);
        }
        even += odd;
        int r = even[0], g = even[1], b = even[2];
        for (; t < k.Length; t++)
        {
            r += pixels[3 * t] * k[t];
            g += pixels[3 * t + 1] * k[t];
            b += pixels[3 * t + 2] * k[t];
        }
        (result[0], result[1], result[2]) = (Clip(r), Clip(g), Clip(b));
    }

    private static Vector128<int> Widen(ref byte source, int pixel)
    {
        var four = Unsafe.ReadUnaligned<uint>(
            ref Unsafe.Add(ref source, 3 * pixel));
        return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(four).AsByte()).AsInt16());
    }

    private static byte GreyPixel(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> k)
    {
        var sum = Half;
        var t = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            var sums = Vector128<int>.Zero;
            ref var source = ref MemoryMarshal.GetReference(pixels);
            ref var weights = ref MemoryMarshal.GetReference(k);
            for (; t <= k.Length - 4; t += 4)
            {
                var four = Unsafe.ReadUnaligned<uint>(
                    ref Unsafe.Add(ref source, t));
                var samples = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(four).AsByte()).AsInt16());
                sums += samples * Vector128.LoadUnsafe(ref weights, (nuint)t);
            }
            sum += Vector128.Sum(sums);
        }
        for (; t < k.Length; t++) sum += pixels[t] * k[t];
        return Clip(sum);
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> FilterWeights.PrecisionBits, 0, 255);
}
