using System.Text.Json.Nodes;
using Pentimento.Export;

namespace Pentimento.Tests.Export;

public sealed class TrainingFactsTests
{
    [Theory]
    [InlineData("/home/ada/my scans/", "my scans")]
    [InlineData(@"C:\Users\Ada\scans", "scans")]
    [InlineData(@"\\server\share\scans", "scans")]
    [InlineData("scans/2026", "scans/2026")]
    [InlineData("../scans", "../scans")]
    [InlineData("/", "/")]
    [InlineData("0.5*mse / 2", "0.5*mse / 2")]
    [InlineData("pentimento train denoise --data /home/ada/scans --from=/srv/m.pent --out run/1 --noise 0.1",
        "pentimento train denoise --data scans --from=m.pent --out run/1 --noise 0.1")]
    [InlineData("pentimento train denoise --data '/home/ada/my scans' --noise 'gaussian(0-0.2) | jpeg(70-98)' --out /o/r",
        "pentimento train denoise --data 'my scans' --noise 'gaussian(0-0.2) | jpeg(70-98)' --out r")]
    public void Of_absolute_paths_the_last_name_is_left(string text, string left)
    {
        var facts = new JsonObject { ["a"] = text, ["from"] = new JsonObject { ["b"] = new JsonArray(text, 1, null) } };
        TrainingFacts.RemoveFolders(facts);
        Assert.Equal(left, facts["a"]!.GetValue<string>());
        Assert.Equal(left, facts["from"]!["b"]![0]!.GetValue<string>());
        Assert.Equal((1, 3), (facts["from"]!["b"]![1]!.GetValue<int>(), facts["from"]!["b"]!.AsArray().Count));
    }
}
