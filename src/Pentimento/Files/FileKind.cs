using System.Runtime.InteropServices;

namespace Pentimento.Files;

/// <summary>What a path names, as far as .NET does not say: a device or a pipe is no place to put a file.</summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100, TypeOnly = 1; // AT_FDCWD, STATX_TYPE
    // struct statx is the same on all machines.
    private const int ResultSize = 256, ModeOffset = 28, TypeBits = 0xf000, RegularFile = 0x8000;

    /// <summary>What is there and cannot be replaced by a file, in words; null where a file may be put.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? Obstacle(string path)
    {
        if (FileName.Length(Path.GetFileName(path)) is var length and > FileName.Longest)
            return $"its name has {length} bytes, more than the {FileName.Longest} that file systems take";
        if (Directory.Exists(path)) return "it is a folder";
        return File.Exists(path) && !IsRegularFile(path) ? "it is not a regular file" : null;
    }

    private static bool IsRegularFile(string path)
    {
        if (OperatingSystem.IsWindows()) return true;
        // /dev/stdout may lead to a regular file, but a rename would replace /dev/stdout itself.
        if (Path.GetDirectoryName(path) is "/dev" or "/dev/fd") return false;
        if (!OperatingSystem.IsLinux()) return true;
        Span<byte> result = stackalloc byte[ResultSize];
        try
        {
            return StatX(CurrentFolder, path, 0, TypeOnly, result) != 0
                || (BitConverter.ToUInt16(result[ModeOffset..]) & TypeBits) == RegularFile;
        }
        catch (EntryPointNotFoundException)
        {
            return true; // a C library that is older than the call
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> result);
}
