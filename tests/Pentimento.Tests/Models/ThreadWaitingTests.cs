using System.Runtime.InteropServices;

namespace Pentimento.Tests.Models;

public partial class ThreadWaitingTests
{
    [Fact]
    public void Native_threads_that_wait_go_to_sleep_after_a_while()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is for the thread library of Linux.");
        Assert.SkipWhen(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null, "The environment says how threads wait.");

        // As native code sees it; the runtime's copy of the environment was made before.
        Assert.NotEqual(0, Variable("GOMP_SPINCOUNT"));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Variable(string name);
}
