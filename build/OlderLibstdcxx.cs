#nullable disable
// Compiled twice: by MSBuild as an inline task (netstandard 2.0, no packages), and by the tests, which call ElfImage directly.
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Pentimento.Build
{
#if !PENTIMENTO_TESTS
    /// <summary>Writes a copy of a native library that loads on a libstdc++ older than the one it was built with.</summary>
    public sealed class AdaptToOlderLibstdcxx : Microsoft.Build.Utilities.Task
    {
        [Microsoft.Build.Framework.Required]
        public string Source { get; set; }

        [Microsoft.Build.Framework.Required]
        public string Destination { get; set; }

        public override bool Execute()
        {
            try
            {
                var bytes = File.ReadAllBytes(Source);
                var changed = OlderLibstdcxx.Adapt(bytes);
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination)));
                var temporary = Destination + "." + Guid.NewGuid().ToString("N") + ".tmp";
                File.WriteAllBytes(temporary, bytes);
                // The old file may be hard-linked into other folders, so it is replaced, never written into.
                File.Delete(Destination);
                File.Move(temporary, Destination);
                var done = changed ? "{0}: adapted to an older libstdc++." : "{0}: nothing to adapt, copied as it is.";
                Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Normal, done, Path.GetFileName(Source));
                return true;
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is InvalidDataException)
            {
                Log.LogError("Cannot adapt '{0}' to an older libstdc++: {1}", Source, e.Message);
                return false;
            }
        }
    }
#endif

    /// <summary>
    /// Removes the need for GLIBCXX_3.4.32 (GCC 13) from an ELF library that uses one symbol of it,
    /// <c>std::ios_base_library_init()</c>. All that symbol does is to initialise the standard streams, and the constructor
    /// <c>std::ios_base::Init::Init()</c>, in libstdc++ since GLIBCXX_3.4, does the same without using its <c>this</c>.
    /// </summary>
    public static class OlderLibstdcxx
    {
        private const string NewSymbol = "_ZSt21ios_base_library_initv", NewVersion = "GLIBCXX_3.4.32";
        private const string OldSymbol = "_ZNSt8ios_base4InitC1Ev", OldVersion = "GLIBCXX_3.4";

        /// <summary>Edits the library's bytes in place.</summary>
        /// <returns>False, with the bytes untouched, where the library does not use the symbol.</returns>
        /// <exception cref="InvalidDataException">The library needs more of GLIBCXX_3.4.32 than this one symbol.</exception>
        public static bool Adapt(byte[] library)
        {
            var elf = new ElfImage(library);
            var symbol = elf.FindUndefinedSymbol(NewSymbol);
            if (symbol < 0) return false;

            var needed = elf.FindNeededVersion(NewVersion);
            var older = elf.FindNeededVersion(OldVersion);
            if (needed == null || older == null)
                throw new InvalidDataException("it uses " + NewSymbol + " but lists no version " +
                    (needed == null ? NewVersion : OldVersion));
            if (elf.CountSymbolsOfVersion(needed.Index) != 1 || elf.SymbolVersion(symbol) != needed.Index)
                throw new InvalidDataException("it uses more of " + NewVersion + " than " + NewSymbol);

            elf.RenameSymbol(symbol, OldSymbol);
            elf.SetSymbolVersion(symbol, older.Index);
            elf.RenameNeededVersion(needed, older);
            return true;
        }
    }

    /// <summary>The dynamic symbols of a 64-bit little-endian ELF file, and the library versions that they need.</summary>
    internal sealed class ElfImage
    {
        private const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, VersionOfSymbol = 0x6fffffff;
        private const int SymbolSize = 24;
        private readonly byte[] _bytes;
        private readonly Dictionary<uint, Section> _sections = new Dictionary<uint, Section>();
        private readonly Section _strings;

        public ElfImage(byte[] bytes)
        {
            _bytes = bytes;
            if (bytes.Length < 64 || UInt32(0) != 0x464c457f || bytes[4] != 2 || bytes[5] != 1)
                throw new InvalidDataException("it is not a 64-bit little-endian ELF file");
            var table = Int64(40);
            int entrySize = UInt16(58), count = UInt16(60);
            var all = new List<Section>();
            for (var i = 0; i < count; i++)
            {
                var at = checked((int)table + i * entrySize);
                var section = new Section
                {
                    Offset = Int64(at + 24),
                    Size = Int64(at + 32),
                    Link = (int)UInt32(at + 40),
                    Entries = (int)UInt32(at + 44),
                };
                all.Add(section);
                var type = UInt32(at + 4);
                if (type == DynamicSymbols || type == VersionNeeds || type == VersionOfSymbol) _sections[type] = section;
            }
            if (!_sections.ContainsKey(DynamicSymbols)) throw new InvalidDataException("it has no dynamic symbols");
            _strings = all[_sections[DynamicSymbols].Link];
        }

        /// <summary>A version of another library that this one needs (an entry of .gnu.version_r).</summary>
        public sealed class NeededVersion
        {
            public int Offset;
            public ushort Index;
        }

        private sealed class Section
        {
            public int Offset, Size, Link, Entries;
        }

        public int FindUndefinedSymbol(string name)
        {
            for (var i = 0; i < SymbolCount; i++)
                if (UInt16(SymbolOffset(i) + 6) == 0 && NameAt(UInt32(SymbolOffset(i))) == name) return i;
            return -1;
        }

        public NeededVersion FindNeededVersion(string name)
        {
            Section needs;
            if (!_sections.TryGetValue(VersionNeeds, out needs)) return null;
            var file = needs.Offset;
            for (var i = 0; i < needs.Entries; i++)
            {
                var entry = file + (int)UInt32(file + 8);
                for (var j = 0; j < UInt16(file + 2); j++)
                {
                    if (NameAt(UInt32(entry + 8)) == name) return new NeededVersion { Offset = entry, Index = UInt16(entry + 6) };
                    entry += (int)UInt32(entry + 12);
                }
                file += (int)UInt32(file + 12);
            }
            return null;
        }

        public int CountSymbolsOfVersion(ushort version)
        {
            var count = 0;
            for (var i = 0; i < SymbolCount; i++)
                if (SymbolVersion(i) == version) count++;
            return count;
        }

        public ushort SymbolVersion(int symbol) { return (ushort)(UInt16(VersionOffset(symbol)) & 0x7fff); }

        public void SetSymbolVersion(int symbol, ushort version) { Write(VersionOffset(symbol), BitConverter.GetBytes(version)); }

        /// <summary>Overwrites a name with one that is not longer, if nothing else shares its characters.</summary>
        public void RenameSymbol(int symbol, string name)
        {
            var start = UInt32(SymbolOffset(symbol));
            var end = start + (uint)NameAt(start).Length;
            for (var i = 0; i < SymbolCount; i++)
            {
                var other = UInt32(SymbolOffset(i));
                if (i != symbol && other >= start && other < end)
                    throw new InvalidDataException("the symbol " + NameAt(other) +
                        " shares its name's characters with " + NameAt(start));
            }
            var bytes = new byte[end - start];
            Encoding.ASCII.GetBytes(name, 0, name.Length, bytes, 0);
            Write(_strings.Offset + (int)start, bytes);
        }

        /// <summary>
        /// Turns one needed version into a second entry of another: the loader compares the hash, then the name.
        /// </summary>
        public void RenameNeededVersion(NeededVersion version, NeededVersion other)
        {
            Array.Copy(_bytes, other.Offset, _bytes, version.Offset, 4);
            Array.Copy(_bytes, other.Offset + 8, _bytes, version.Offset + 8, 4);
        }

        private int SymbolCount { get { return _sections[DynamicSymbols].Size / SymbolSize; } }
        private int SymbolOffset(int symbol) { return _sections[DynamicSymbols].Offset + symbol * SymbolSize; }
        private int VersionOffset(int symbol) { return _sections[VersionOfSymbol].Offset + symbol * 2; }

        private string NameAt(uint offset)
        {
            var start = _strings.Offset + (int)offset;
            return Encoding.ASCII.GetString(_bytes, start, Array.IndexOf(_bytes, (byte)0, start) - start);
        }

        private ushort UInt16(int offset) { return BitConverter.ToUInt16(_bytes, offset); }
        private uint UInt32(int offset) { return BitConverter.ToUInt32(_bytes, offset); }
        private int Int64(int offset) { return checked((int)BitConverter.ToInt64(_bytes, offset)); }
        private void Write(int offset, byte[] value) { Array.Copy(value, 0, _bytes, offset, value.Length); }
    }
}
