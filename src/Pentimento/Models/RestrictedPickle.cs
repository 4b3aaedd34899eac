using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pentimento.Models;

/// <summary>
/// Reads the part of Python's pickle format that a saved dictionary of tensors needs: numbers, text, lists, tuples, dictionaries,
/// and calls of the few functions that the receiver knows. Nothing is looked up by name and run; a name that the receiver does
/// not know ends the reading.
/// </summary>
internal sealed class RestrictedPickle(Stream stream, Func<string, object> findGlobal, Func<object[], object> findStorage)
{
    private const int LongestText = 1 << 20, MostItems = 1 << 20;
    private static readonly object s_mark = new();
    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];

    /// <summary>A function that a pickle may call.</summary>
    public delegate object Function(object?[] arguments);

    /// <summary>Reads one object.</summary>
    /// <exception cref="InvalidDataException">It has something in it that a dictionary of tensors has not.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within it.</exception>
    public object? Read()
    {
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            var code = Byte();
            if (code == '.') return Pop();
            if (_stack.Count > MostItems || _memo.Count > MostItems) throw new InvalidDataException("it has too many objects");
            Execute(code);
        }
    }

    private void Execute(byte code)
    {
        switch (code)
        {
            case 0x80: Byte(); break; // the protocol's version
            case 0x95: Bytes(8); break; // a frame's length
            case (byte)'(': _stack.Add(s_mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case (byte)'K': _stack.Add((long)Byte()); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 0x8a: _stack.Add(Long(Bytes(Byte()))); break;
            case (byte)'X': _stack.Add(Text(Length())); break;
            case (byte)'T': _stack.Add(Text(Length())); break; // texts of Python 2
            case 0x8c or (byte)'U': _stack.Add(Text(Byte())); break;
            case (byte)')': _stack.Add(Array.Empty<object?>()); break;
            case 0x85: _stack.Add(Last(1)); break;
            case 0x86: _stack.Add(Last(2)); break;
            case 0x87: _stack.Add(Last(3)); break;
            case (byte)'t': _stack.Add(SinceMark()); break;
            case (byte)']': _stack.Add(new List<object?>()); break;
            case (byte)'}': _stack.Add(new Dictionary<string, object?>()); break;
            case (byte)'a': Append(Last(1)); break;
            case (byte)'e': Append(SinceMark()); break;
            case (byte)'s': SetItems(Last(2)); break;
            case (byte)'u': SetItems(SinceMark()); break;
            case (byte)'q': _memo[Byte()] = Top; break;
            case (byte)'r': _memo[Length()] = Top; break;
            case 0x94: _memo[_memo.Count] = Top; break;
            case (byte)'h': _stack.Add(Memo(Byte())); break;
            case (byte)'j': _stack.Add(Memo(Length())); break;
            case (byte)'c': _stack.Add(findGlobal($"{Line()}.{Line()}")); break;
            case 0x93: StackGlobal(); break;
            case (byte)'Q': _stack.Add(findStorage(Pop() as object[] ?? throw Unexpected("a storage"))); break;
            case (byte)'R': Reduce(); break;
            case (byte)'b': Pop(); break; // attributes of an ordered dictionary: versions of modules
            default:
                throw new InvalidDataException($"its pickle has the instruction 0x{code:X2}, which no dictionary of tensors needs");
        }
    }

    private object? Top => _stack.Count > 0 ? _stack[^1] : throw Unexpected("a value");

    private object? Memo(int key) => _memo.TryGetValue(key, out var value) ? value : throw Unexpected($"the object {key}");

    private void StackGlobal()
    {
        if (Last(2) is not [string module, string name]) throw Unexpected("a name");
        _stack.Add(findGlobal($"{module}.{name}"));
    }

    private void Reduce()
    {
        if (Last(2) is not [Function function, object?[] arguments]) throw Unexpected("a known function");
        _stack.Add(function(arguments));
    }

    private void Append(object?[] items) => (Top as List<object?> ?? throw Unexpected("a list")).AddRange(items);

    private void SetItems(object?[] items)
    {
        if (Top is not Dictionary<string, object?> target || items.Length % 2 != 0) throw Unexpected("a dictionary");
        for (var i = 0; i < items.Length; i += 2) target[items[i]?.ToString() ?? ""] = items[i + 1];
    }

    private object?[] SinceMark()
    {
        var mark = _stack.LastIndexOf(s_mark);
        if (mark < 0) throw Unexpected("a mark");
        object?[] items = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private object?[] Last(int count)
    {
        if (_stack.Count < count) throw Unexpected("a value");
        object?[] items = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object? Pop() => Last(1)[0];

    private byte Byte() => Bytes(1)[0];

    private int Length()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));
        return length >= 0 ? length : throw new InvalidDataException("its pickle has a negative length");
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private string Text(int length) => length <= LongestText ? Encoding.UTF8.GetString(Bytes(length))
        : throw new InvalidDataException($"its pickle has a text of {length} bytes");

    private string Line()
    {
        var text = new StringBuilder();
        for (var c = (char)Byte(); c != '\n'; c = (char)Byte())
            if (text.Append(c).Length > 200) throw new InvalidDataException("its pickle has an endless name");
        return text.ToString();
    }

    private static object Long(byte[] bytes)
    {
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : value;
    }

    private static InvalidDataException Unexpected(string wanted) => new($"its pickle has something else where {wanted} should be");
}
