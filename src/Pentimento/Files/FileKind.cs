using System.Runtime.InteropServices;

namespace Pentimento.Files;

/// <summary>
/// What a path names, as far as .NET does not say: a device or a pipe is no place to put a file, and reading one may never end.
/// </summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100, TypeOnly = 1; // AT_FDCWD, STATX_TYPE
    // struct statx is the same on all machines.
    private const int ResultSize = 256, ModeOffset = 28, TypeBits = 0xf000;
    private const int Pipe = 0x1000, CharacterDevice = 0x2000, Folder = 0x4000, BlockDevice = 0x6000, Socket = 0xc000;

    /// <summary>What is there and cannot be replaced by a file, in words; null where a file may be put.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? Obstacle(string path)
    {
        if (FileName.Length(Path.GetFileName(path)) is var length and > FileName.Longest)
            return $"its name has {length} bytes, more than the {FileName.Longest} that file systems take";
        if (Directory.Exists(path)) return "it is a folder";
        return File.Exists(path) && !IsRegularFile(path) ? "it is not a regular file" : null;
    }

    /// <summary>What a path leads to, through links, in words; null for a file, and where it leads to nothing.</summary>
    /// <param name="path">Any path.</param>
    public static string? Unreadable(string path) => OperatingSystem.IsLinux() ? TypeOf(path) switch
    {
        Pipe => "a pipe",
        CharacterDevice or BlockDevice => "a device",
        Socket => "a socket",
        Folder => "a folder",
        _ => null,
    } : Directory.Exists(path) ? "a folder" : null;

    private static bool IsRegularFile(string path)
    {
        if (OperatingSystem.IsWindows()) return true;
        // /dev/stdout may lead to a regular file, but a rename would replace /dev/stdout itself.
        if (Path.GetDirectoryName(path) is "/dev" or "/dev/fd") return false;
        if (!OperatingSystem.IsLinux()) return true;
        return TypeOf(path) is not (Pipe or CharacterDevice or BlockDevice or Socket);
    }

    /// <summary>The kind of what a path leads to; null where that is nothing, or cannot be asked.</summary>
    private static int? TypeOf(string path)
    {
        Span<byte> result = stackalloc byte[ResultSize];
        try
        {
            return StatX(CurrentFolder, path, 0, TypeOnly, result) == 0
                ? BitConverter.ToUInt16(result[ModeOffset..]) & TypeBits : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library that is older than the call
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> result);
}
