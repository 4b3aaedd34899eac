using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Imaging;

/// <summary>Random numbers for tensors that lie elsewhere than the generator does.</summary>
internal static class DeviceRandom
{
    /// <summary>
    /// What to draw with for a tensor on a device. TorchSharp makes generators for the CPU alone; a GPU draws with its own,
    /// which is seeded with the next number of the given one, so that here too the same seed gives the same numbers. That generator
    /// is one for the whole process: while one thread draws, no other may.
    /// </summary>
    /// <param name="generator">On the CPU.</param>
    /// <param name="device">Where the tensor lies.</param>
    /// <returns>The generator itself, or null for the device's own.</returns>
    public static Generator? On(this Generator generator, Device device)
    {
        if (device.type == DeviceType.CPU) return generator;
        using var seed = randint(0, long.MaxValue, [1], ScalarType.Int64, generator: generator);
        cuda.manual_seed_all(seed.item<long>());
        return null;
    }
}
