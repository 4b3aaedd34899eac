using System.Buffers.Binary;

namespace Pentimento.Imaging.Metadata;

/// <summary>
/// An EXIF block, which is a small TIFF. What must change for an upright picture without its thumbnail is changed in place, because
/// maker notes point into the block by places that only their maker knows; all else stays to the byte.
/// </summary>
internal static class ExifBlock
{
    /// <summary>What EXIF begins with in JPEG, and in WebP and AVIF sometimes.</summary>
    public static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    private const int MostEntries = 4096;

    /// <summary>A copy for a picture that is upright now.</summary>
    /// <param name="block">With or without <see cref="Prefix"/>.</param>
    /// <param name="isTurned">Whether rows and columns changed places.</param>
    /// <returns>Without the prefix: orientation 1, without thumbnails and previews.</returns>
    public static byte[] Upright(ReadOnlySpan<byte> block, bool isTurned)
    {
        var tiff = (block.StartsWith(Prefix) ? block[Prefix.Length..] : block).ToArray();
        if (tiff.Length >= 8 && tiff is [0x49, 0x49, ..] or [0x4D, 0x4D, ..]) new Block(tiff, tiff[0] == 0x49).MakeUpright(isTurned);
        EmbeddedPictures.Blank(tiff);
        return tiff;
    }

    private readonly ref struct Block(Span<byte> tiff, bool isLittle)
    {
        private readonly Span<byte> _tiff = tiff;

        public void MakeUpright(bool isTurned)
        {
            var main = Rows(Number(4, 4), out var next);
            if (Row(main, 274) is { } orientation && Number(orientation + 2, 2) == 3) Put(orientation + 8, 1);
            var exif = Row(main, TiffDirectory.Exif) is { } at ? Rows(Number(at + 8, 4), out _) : [];
            if (isTurned)
            {
                Swap(main, 282, 283);
                Swap(main, 256, 257);
                Swap(exif, 40962, 40963);
                Swap(exif, 41486, 41487);
            }
            if (next is not { } link) return;
            var preview = Rows(Number(link, 4), out _);
            Clear(preview, 513, 514);
            Clear(preview, 273, 279);
            _tiff.Slice(link, 4).Clear();
        }

        /// <summary>Where the rows of a directory lie, and the link to the next one; none where they lead out of the block.</summary>
        private int[] Rows(long directory, out int? next)
        {
            next = null;
            if (directory < 8 || directory + 2 > _tiff.Length) return [];
            var count = Number((int)directory, 2);
            var end = directory + 2 + 12 * count;
            if (count > MostEntries || end > _tiff.Length) return [];
            if (end + 4 <= _tiff.Length) next = (int)end;
            return [.. Enumerable.Range(0, (int)count).Select(i => (int)directory + 2 + 12 * i)];
        }

        private int? Row(int[] rows, int tag)
        {
            foreach (var row in rows)
                if (Number(row, 2) == tag) return row;
            return null;
        }

        // Type, number and value change places, not the tags.
        private void Swap(int[] rows, int first, int second)
        {
            if (Row(rows, first) is not { } a || Row(rows, second) is not { } b) return;
            var kept = _tiff.Slice(a + 2, 10).ToArray();
            _tiff.Slice(b + 2, 10).CopyTo(_tiff[(a + 2)..]);
            kept.CopyTo(_tiff[(b + 2)..]);
        }

        /// <summary>Clears what lies at some places, one or many; each has its size.</summary>
        private void Clear(int[] rows, int places, int sizes)
        {
            if (Row(rows, places) is not { } at || Row(rows, sizes) is not { } lengths) return;
            for (var i = 0; i < Math.Min(Number(at + 4, 4), MostEntries); i++)
            {
                if (Value(at, i) is not { } start || Value(lengths, i) is not { } length) return;
                if (start >= 8 && start < _tiff.Length) _tiff.Slice((int)start, (int)Math.Min(length, _tiff.Length - start)).Clear();
            }
        }

        private long? Value(int row, int index)
        {
            var size = Number(row + 2, 2) == 3 ? 2 : 4;
            var count = Number(row + 4, 4);
            if (index >= count) return null;
            var at = (count * size <= 4 ? row + 8 : Number(row + 8, 4)) + index * size;
            return at + size <= _tiff.Length ? Number((int)at, size) : null;
        }

        private long Number(int at, int size) => (size, isLittle) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(_tiff[at..]),
            (2, false) => BinaryPrimitives.ReadUInt16BigEndian(_tiff[at..]),
            (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(_tiff[at..]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(_tiff[at..]),
        };

        private void Put(int at, ushort value)
        {
            if (isLittle) BinaryPrimitives.WriteUInt16LittleEndian(_tiff[at..], value);
            else BinaryPrimitives.WriteUInt16BigEndian(_tiff[at..], value);
        }
    }
}
