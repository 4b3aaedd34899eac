using Pentimento.Experiments;

namespace Pentimento.Tests.Experiments;

public sealed class ProtocolFaultsTests
{
    [Theory]
    [InlineData("all", ProtocolFaults.All)]
    [InlineData("none", ProtocolFaults.None)]
    [InlineData("validation-divisor, batch-means", ProtocolFaults.ValidationDivisor | ProtocolFaults.BatchMeans)]
    [InlineData("Frozen-Statistics", ProtocolFaults.FrozenStatistics)]
    public void Names_are_read(string names, ProtocolFaults faults) => Assert.Equal(faults, ProtocolFaultsExplained.Parse(names));

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        var e = Assert.Throws<ArgumentException>(() => ProtocolFaultsExplained.Parse("typo"));
        Assert.Contains("test-on-all", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_explained_under_its_own_name()
    {
        foreach (var fault in Enum.GetValues<ProtocolFaults>().Except([ProtocolFaults.None, ProtocolFaults.All]))
            Assert.Equal(fault, ProtocolFaultsExplained.Parse(Assert.Single(fault.Explain()).Split(':')[0]));
    }
}
