using System.Reflection;
using System.Runtime.InteropServices;
using Pentimento.Numerics;
using TorchSharp;

namespace Pentimento.Runs;

/// <summary>Everything whose version can change a result in its last digits.</summary>
/// <param name="Pentimento">This library.</param>
/// <param name="TorchSharp">The .NET binding.</param>
/// <param name="LibTorch">The native library it binds to.</param>
/// <param name="DotNet">The .NET runtime.</param>
/// <param name="Os">The operating system, and its architecture.</param>
/// <param name="Cpu">The processor's name, the number of its logical cores, and what is wrong with its numbers, if anything.</param>
public sealed record RunVersions(string Pentimento, string TorchSharp, string LibTorch, string DotNet, string Os, string Cpu)
{
    /// <summary>The versions of this process.</summary>
    public static RunVersions Current { get; } = new(
        VersionOf(typeof(RunVersions).Assembly),
        VersionOf(typeof(torch).Assembly),
        torch.__version__,
        Environment.Version.ToString(),
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        $"{Machine.Processor}, {Environment.ProcessorCount} cores{(Machine.Remark is { } remark ? $". {remark}" : "")}");

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
