using System.Runtime.CompilerServices;

namespace Pentimento.Tests;

/// <summary>Tests remember nothing in the home of the person who runs them, and find nothing that another run left.</summary>
internal static class HomeOfTests
{
#pragma warning disable CA2255 // a test assembly is an application
    [ModuleInitializer]
    internal static void Set()
    {
        var home = new TemporaryFolder();
        Environment.SetEnvironmentVariable("PENTIMENTO_HOME", home.Path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => home.Dispose();
    }
#pragma warning restore CA2255
}
