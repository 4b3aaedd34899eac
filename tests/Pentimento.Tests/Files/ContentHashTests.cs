using System.Text;
using Pentimento.Files;

namespace Pentimento.Tests.Files;

public sealed class ContentHashTests
{
    /// <summary>The examples of FIPS 180-2, appendix B.</summary>
    [Theory]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void It_is_the_published_sha_256_in_lower_case(string text, string hash)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["x"], text);
        Assert.Equal(hash, ContentHash.Of(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(hash, ContentHash.OfFile(folder["x"]));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Assert.Equal(hash, ContentHash.Of(stream));
    }
}
