using static TorchSharp.torch;

namespace Pentimento.Models;

/// <summary>Where networks run.</summary>
public static class ComputeDevice
{
    /// <summary>The device of a name.</summary>
    /// <param name="name">"cpu", "cuda", or "auto": the GPU where this build and machine have one, else the CPU.</param>
    /// <exception cref="ArgumentException">The name is another, or there is no GPU that this build can use.</exception>
    public static Device Parse(string name) => name.ToLowerInvariant() switch
    {
        "cpu" => CPU,
        "auto" => cuda.is_available() ? CUDA : CPU,
        "cuda" => cuda.is_available() ? CUDA
            : throw new ArgumentException(
                "There is no GPU that this build can use; a build with -p:TorchBackend=cuda can use an NVIDIA GPU."),
        _ => throw new ArgumentException($"The device '{name}' is not known; there are cpu, cuda and auto."),
    };
}
