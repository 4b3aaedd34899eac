using System.Net;
using Pentimento.Models;

namespace Pentimento.Tests.Models;

public sealed class BackboneDownloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Network(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => answer();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer());
    }

    [Fact]
    public void A_file_is_taken_as_it_is_and_an_unknown_name_is_refused()
    {
        File.WriteAllText(_folder["squeezenet1_1"], "");
        Assert.Equal(_folder["squeezenet1_1"], BackboneDownload.Find(_folder["squeezenet1_1"], _folder.Path, null));
        var e = Assert.Throws<FileNotFoundException>(() => BackboneDownload.Find("resnet9000", _folder.Path, null));
        Assert.Equal("There are no weights 'resnet9000'; give a file, or one of mobilenet_v2, squeezenet1_1.", e.Message);
    }

    [Fact]
    public void Without_a_network_it_says_where_to_put_the_file_and_leaves_nothing()
    {
        using var network = new Network(() => throw new HttpRequestException("Name or service not known"));
        var e = Assert.Throws<IOException>(() => BackboneDownload.Find("squeezenet1_1", _folder["weights"], network));
        Assert.Contains("could not be downloaded", e.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder["weights"], "squeezenet1_1-b8a52dc0.pth"), e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["weights"]));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)] // another file
    [InlineData(HttpStatusCode.NotFound)]
    public void What_is_not_as_published_is_not_kept(HttpStatusCode status)
    {
        using var network = new Network(() => new HttpResponseMessage(status) { Content = new ByteArrayContent([1, 2, 3]) });
        Assert.ThrowsAny<Exception>(() => BackboneDownload.Find("mobilenet_v2", _folder["weights"], network));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["weights"]));
    }

    [Fact]
    public void What_is_published_is_known_by_its_whole_hash_whose_first_digits_are_in_its_name()
    {
        foreach (var (address, hash) in BackboneDownload.All.Values)
        {
            Assert.Matches("^[0-9a-f]{64}$", hash);
            Assert.EndsWith($"-{hash[..8]}.pth", address.LocalPath, StringComparison.Ordinal);
        }
    }
}
