using Pentimento.Files;

namespace Pentimento.Models;

/// <summary>
/// Published weights of backbones by name: downloaded once, checked against their whole SHA-256 (of which the publisher has put the
/// first 32 bits into the file's name), and kept in <see cref="HomeFolder"/>.
/// </summary>
public static class BackboneDownload
{
    /// <summary>Where the weights of a backbone are published, and the SHA-256 of the file.</summary>
    internal sealed record Published(Uri Address, string Sha256);

    internal static IReadOnlyDictionary<string, Published> All { get; } = new Dictionary<string, Published>
    {
        ["squeezenet1_1"] = new(new("https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth"),
            "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b"),
        ["mobilenet_v2"] = new(new("https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"),
            "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"),
    };

    private const string Denoiser = "denoiser"; // comes with Pentimento
    private const long LargestFile = 1 << 30;

    /// <summary>A file of weights by its path, or by the name of a backbone.</summary>
    /// <param name="pathOrName">A path goes before a name.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, and no backbone of the name.</exception>
    /// <exception cref="IOException">The weights are not here yet and cannot be downloaded; the message says what to do.</exception>
    /// <exception cref="InvalidDataException">What was downloaded is not what was published.</exception>
    public static string Find(string pathOrName) => Find(pathOrName, HomeFolder.PathOf("weights"), null);

    internal static string Find(string pathOrName, string folder, HttpMessageHandler? network)
    {
        if (File.Exists(pathOrName)) return pathOrName;
        if (pathOrName == Denoiser) return ShippedModels.Find(ShippedModels.BlindDenoiser);
        if (!All.TryGetValue(pathOrName, out var published))
            throw new FileNotFoundException(
                $"There are no weights '{pathOrName}'; give a file, or one of {string.Join(", ", All.Keys.Order())}.", pathOrName);
        var (address, checksum) = published;
        var path = Path.Combine(folder, Path.GetFileName(address.LocalPath));
        if (File.Exists(path) && ContentHash.OfFile(path) == checksum) return path;
        try
        {
            AtomicFile.WriteNamed(path, temporary =>
            {
                Download(address, temporary, network);
                if (ContentHash.OfFile(temporary) != checksum)
                    throw new InvalidDataException($"What came from {address} is not what was published: its SHA-256 is another.");
            });
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new IOException(
                $"The weights of {pathOrName} could not be downloaded from {address} ({e.Message.TrimEnd('.')}); " +
                $"fetch them elsewhere, and give the file's path or put it at {path}.", e);
        }
        return path;
    }

    private static void Download(Uri address, string path, HttpMessageHandler? network)
    {
        using var client = network is null ? new HttpClient() : new HttpClient(network, disposeHandler: false);
        client.MaxResponseContentBufferSize = LargestFile;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = client.Send(request);
        response.EnsureSuccessStatusCode();
        using var from = response.Content.ReadAsStream();
        using var to = File.Create(path);
        from.CopyTo(to);
    }
}
