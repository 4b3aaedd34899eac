using Pentimento.Files;

namespace Pentimento.Tests.Files;

public sealed class HomeFolderTests
{
    [Fact]
    public void It_is_where_the_variable_says_or_in_the_users_data()
    {
        Assert.Equal(Path.Combine("/data/p", "runs.db"), HomeFolder.PathIn("/data/p", "runs.db"));
        Assert.EndsWith(Path.Combine("pentimento", "runs.db"), HomeFolder.PathIn(null, "runs.db"));
        Assert.True(Path.IsPathRooted(HomeFolder.PathIn("", "runs.db")));
    }
}
