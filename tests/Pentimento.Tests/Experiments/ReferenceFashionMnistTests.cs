using Pentimento.Experiments;

namespace Pentimento.Tests.Experiments;

public sealed class ReferenceFashionMnistTests
{
    [Fact]
    public void The_table_has_every_published_figure_and_the_divisor_makes_validation_look_four_times_better()
    {
        var table = ReferenceFashionMnist.Run("fashion-mnist-sample", mnist: null, new ReferenceOptions { Shorten = 10 });

        Assert.Equal([0.011862, 0.002952, 0.011870, 0.009652, 0.002408, 0.009630, 0.011131], table.Rows.Select(r => r.Published!.Value));
        var validation = table.Rows[1];
        Assert.InRange(validation.Corrected!.Value / validation.Reference!.Value, 3.9, 4.1);
        Assert.Equal(table.Rows[2].Corrected!.Value, table.Rows[2].Reference!.Value, 1e-6); // model 1 has no batch norm to freeze
        Assert.Null(table.Rows[6].Corrected); // no MNIST was given, and the table says so
        Assert.Contains(table.Notes, note => note.Contains("MNIST was not given", StringComparison.Ordinal));
        Assert.Contains(table.Notes, note => note.Contains("Shortened", StringComparison.Ordinal));
    }
}
