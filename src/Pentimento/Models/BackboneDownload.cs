using Pentimento.Files;

namespace Pentimento.Models;

/// <summary>
/// Published weights of backbones by name: downloaded once, checked against the checksum that the publisher has put into the file's
/// name (the first 32 bits of its SHA-256), and kept in <see cref="HomeFolder"/>.
/// </summary>
public static class BackboneDownload
{
    private static readonly Dictionary<string, Uri> s_published = new()
    {
        ["squeezenet1_1"] = new("https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth"),
        ["mobilenet_v2"] = new("https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"),
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
        if (!s_published.TryGetValue(pathOrName, out var address))
            throw new FileNotFoundException(
                $"There are no weights '{pathOrName}'; give a file, or one of {string.Join(", ", s_published.Keys.Order())}.", pathOrName);
        var name = Path.GetFileName(address.LocalPath);
        var path = Path.Combine(folder, name);
        var checksum = Path.GetFileNameWithoutExtension(name)[^8..];
        if (File.Exists(path) && ContentHash.OfFile(path).StartsWith(checksum, StringComparison.Ordinal)) return path;
        try
        {
            AtomicFile.WriteNamed(path, temporary =>
            {
                Download(address, temporary, network);
                if (!ContentHash.OfFile(temporary).StartsWith(checksum, StringComparison.Ordinal))
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
