using System.Runtime.CompilerServices;

namespace Pentimento.Tests;

/// <summary>Test classes run side by side; kernels that wait for threads of their own would only slow each other down.</summary>
internal static class OneThread
{
#pragma warning disable CA2255 // a test assembly is an application
    [ModuleInitializer]
    internal static void Set() => TorchSharp.torch.set_num_threads(1);
#pragma warning restore CA2255
}
