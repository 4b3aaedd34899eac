using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Pentimento.Mutations;

/// <summary>The library as its build compiles it: the same sources, references, options and source generators.</summary>
internal sealed class Library
{
    private readonly CSharpCommandLineArguments _arguments;

    private Library(CSharpCommandLineArguments arguments, CSharpCompilation compilation)
    {
        (_arguments, Compilation) = (arguments, compilation);
    }

    /// <summary>With what the generators add.</summary>
    public CSharpCompilation Compilation { get; }

    /// <summary>Asks the build how the library is compiled. It has to have been built before.</summary>
    /// <param name="project">The library's project file.</param>
    /// <exception cref="InvalidOperationException">It does not build.</exception>
    public static Library Of(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        var arguments = CSharpCommandLineParser.Default.Parse(CompilerArguments(project), folder, sdkDirectory: null);
        var trees = arguments.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(
            SourceText.From(File.ReadAllText(file.Path), System.Text.Encoding.UTF8), arguments.ParseOptions, file.Path));
        var references = arguments.MetadataReferences.Select(r => MetadataReference.CreateFromFile(r.Reference, r.Properties));
        var options = arguments.CompilationOptions
            .WithGeneralDiagnosticOption(ReportDiagnostic.Default)
            .WithSpecificDiagnosticOptions([])
            .WithMetadataImportOptions(MetadataImportOptions.Public);
        var compilation = CSharpCompilation.Create(arguments.CompilationName, trees, references, options);
        var loader = new Loader();
        var generators = arguments.AnalyzerReferences
            .SelectMany(r => new AnalyzerFileReference(r.FilePath, loader).GetGenerators(LanguageNames.CSharp));
        CSharpGeneratorDriver.Create(generators, parseOptions: arguments.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var complete, out _);
        return new Library(arguments, (CSharpCompilation)complete);
    }

    /// <summary>Writes a changed compilation as an assembly.</summary>
    /// <returns>The errors; none where it was written.</returns>
    public IReadOnlyList<Diagnostic> Emit(CSharpCompilation compilation, string path)
    {
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream, manifestResources: _arguments.ManifestResources);
        if (!result.Success) return [.. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        File.WriteAllBytes(path, stream.ToArray());
        return [];
    }

    private static string[] CompilerArguments(string project)
    {
        // A file that does not exist has the compiler's target run, which is told to compile nothing.
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "build", project, "-t:Compile", "-nologo", "-p:ProvideCommandLineArgs=true", "-p:SkipCompilerExecution=true",
                "-p:NonExistentFile=none", "-getItem:CscCommandLineArgs",
            },
            RedirectStandardOutput = true,
        };
        using var build = Process.Start(start)!;
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode != 0) throw new InvalidOperationException($"'{project}' does not build: {output}");
        return [.. JsonElement.Parse(output).GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!)];
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
