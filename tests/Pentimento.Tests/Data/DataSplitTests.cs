using System.Text.Json;
using CsCheck;
using Pentimento.Data;

namespace Pentimento.Tests.Data;

public sealed class DataSplitTests
{
    private static readonly Gen<SplitOptions> Options = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Long, Gen.Bool)
        .Select((test, validation, seed, stratify) =>
            new SplitOptions
            {
                TestFraction = test / 10.0,
                ValidationFraction = validation / 10.0,
                Seed = seed,
                Stratify = stratify,
            });

    private static readonly Gen<ImageItem[]> Single = Items(groups: 0);
    private static readonly Gen<ImageItem[]> Grouped = Items(groups: 8);

    [Fact]
    public void Every_image_is_in_exactly_one_part() => Gen.Select(Grouped, Options).Sample((items, options) =>
    {
        var split = DataSplit.Create(items, options);
        split.CheckFits(items.Length);
        return split.Train.Length + split.Validation.Length + split.Test.Length == items.Length;
    });

    [Fact]
    public void Groups_stay_together() => Gen.Select(Grouped, Options).Sample((items, options) =>
        AreTogether(items, [DataSplit.Create(items, options)]));

    [Fact]
    public void Parts_have_their_size_and_each_class_its_share_to_within_one_image() =>
        Gen.Select(Single, Options).Sample((items, options) =>
    {
        var split = DataSplit.Create(items, options);
        int[] all = [.. Enumerable.Range(0, items.Length)], rest = [.. split.Train, .. split.Validation];
        return IsShare(items, all, split.Test, options.TestFraction, options.Stratify)
            && IsShare(items, rest, split.Validation, options.ValidationFraction, options.Stratify);
    });

    [Fact]
    public void Parts_of_grouped_images_are_not_empty_when_two_groups_can_be_separated() =>
        Gen.Select(Grouped, Options).Sample((items, options) =>
    {
        var units = items.Select((item, i) => item.Group ?? $"\0{i}").Distinct().Count();
        var split = DataSplit.Create(items, options with { ValidationFraction = 0 });
        return options.TestFraction == 0
            ? split.Test.Length == 0
            : units < 2 || (split.Test.Length > 0 && split.Train.Length > 0);
    });

    [Fact]
    public void A_single_image_beside_one_large_group_makes_a_part_of_its_own()
    {
        ImageItem[] items = [new("0", "y"), new("1", "x", Group: "g"), new("2", "y", Group: "g"), new("3", "x", Group: "g")];
        Assert.Equal([0], DataSplit.Create(items, new SplitOptions { TestFraction = 0.2, ValidationFraction = 0 }).Test);
    }

    [Fact]
    public void A_seed_gives_the_same_split_on_every_machine()
    {
        var items = Enumerable.Range(0, 20).Select(i => new ImageItem($"{i}", i % 3 == 0 ? "a" : "b")).ToArray();
        var split = DataSplit.Create(items, new SplitOptions { Seed = 42 });
        Assert.Equal(split, DataSplit.Create(items, new SplitOptions { Seed = 42 }));
        Assert.NotEqual(split, DataSplit.Create(items, new SplitOptions { Seed = 43 }));
        // From Fixtures/seeded_order.py. Other numbers would mean that stored runs cannot be repeated.
        Assert.Equal([0, 11, 16, 17], split.Test);
        Assert.Equal([3, 14], split.Validation);
    }

    [Fact]
    public void Another_validation_fraction_leaves_the_test_images_as_they_are()
    {
        var items = Enumerable.Range(0, 50).Select(i => new ImageItem($"{i}")).ToArray();
        var small = DataSplit.Create(items, new SplitOptions { ValidationFraction = 0 });
        var large = DataSplit.Create(items, new SplitOptions { ValidationFraction = 0.5 });
        Assert.Equal(small.Test, large.Test);
    }

    [Fact]
    public void Declared_test_images_stay_and_the_rest_gives_the_validation_images()
    {
        var items = Enumerable.Range(0, 70).Select(i => new ImageItem($"{i}", $"{i % 10}", i < 60 ? "train" : "test")).ToArray();
        var split = DataSplit.Create(items, new SplitOptions { TestFraction = 0.5, ValidationFraction = 0.2 });
        Assert.Equal(Enumerable.Range(60, 10), split.Test);
        Assert.Equal(12, split.Validation.Length);
        Assert.Equal(48, split.Train.Length);
        Assert.Equal(10, split.Validation.Select(i => items[i].Label).Distinct().Count());
    }

    [Fact]
    public void Declared_validation_images_stay_and_an_undeclared_image_goes_with_its_group()
    {
        ImageItem[] items = [new("a", Split: "validation", Group: "g"), new("b", Group: "g"), new("c"), new("d"), new("e")];
        var split = DataSplit.Create(items, new SplitOptions { TestFraction = 0.3 });
        Assert.Equal([0, 1], split.Validation);
        Assert.Single(split.Test);
    }

    [Fact]
    public void A_group_that_is_declared_in_two_splits_is_an_error_that_names_it()
    {
        ImageItem[] items = [new("a", Split: "train", Group: "scream"), new("b", Split: "test", Group: "scream")];
        var error = Assert.Throws<ArgumentException>(() => DataSplit.Create(items));
        Assert.Contains("'scream' lies in two splits: 'a' in train, 'b' in test", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_parts_of_the_reference_experiments_have_their_sizes()
    {
        var munch = Enumerable.Range(0, 1769).Select(i => new ImageItem($"{i}")).ToArray();
        var split = DataSplit.Create(munch, new SplitOptions { TestFraction = 0.2, ValidationFraction = 0.1, Stratify = false });
        Assert.Equal((354, 142, 1273), (split.Test.Length, split.Validation.Length, split.Train.Length));
    }

    [Fact]
    public void A_split_goes_to_JSON_and_back() => Gen.Select(Grouped, Options).Sample((items, options) =>
    {
        var split = DataSplit.Create(items, options);
        return JsonSerializer.Deserialize<DataSplit>(JsonSerializer.Serialize(split)) == split
            && JsonSerializer.Deserialize<SplitOptions>(JsonSerializer.Serialize(options)) == options;
    });

    [Fact]
    public void A_stored_split_that_does_not_fit_the_set_is_an_error()
    {
        Assert.Throws<InvalidDataException>(() => new DataSplit([0, 1], [2], [3]).CheckFits(3));
        Assert.Throws<InvalidDataException>(() => new DataSplit([0, 1], [1], []).CheckFits(3));
        Assert.Throws<InvalidDataException>(() => new DataSplit([-1], [], []).CheckFits(3));
    }

    [Fact]
    public void All_wrong_options_are_reported_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            DataSplit.Create([new("a")], new SplitOptions { TestFraction = 1, ValidationFraction = double.NaN }));
        Assert.Contains("TestFraction is 1;", error.Message, StringComparison.Ordinal);
        Assert.Contains("ValidationFraction is NaN;", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_test_every_image_once_with_groups_together() =>
        Gen.Select(Grouped, Gen.Int[2, 5], Gen.Long).Sample((items, count, seed) =>
    {
        var units = items.Select((item, i) => item.Group ?? $"\0{i}").Distinct().Count();
        if (units < count) return Throws(() => DataSplit.Folds(items, count, seed));
        var folds = DataSplit.Folds(items, count, seed, validationFraction: 0.2);
        foreach (var fold in folds) fold.CheckFits(items.Length);
        return folds.Count == count && folds.All(f => f.Test.Length > 0)
            && folds.SelectMany(f => f.Test).Order().SequenceEqual(Enumerable.Range(0, items.Length))
            && folds.All(f => f.Train.Length + f.Validation.Length + f.Test.Length == items.Length)
            && AreTogether(items, folds);
    });

    [Fact]
    public void Folds_spread_every_class_and_all_images_to_within_one() =>
        Gen.Select(Single, Gen.Int[2, 5], Gen.Long).Sample((items, count, seed) =>
    {
        if (items.Length < count) return true;
        var folds = DataSplit.Folds(items, count, seed);
        return IsEven(folds.Select(f => f.Test.Length))
            && items.Select(i => i.Label).Distinct().All(label =>
                IsEven(folds.Select(f => f.Test.Count(i => items[i].Label == label))));
    });

    private static bool IsEven(IEnumerable<int> counts) => counts.Max() - counts.Min() <= 1;

    private static bool Throws(Func<object> action)
    {
        try
        {
            action();
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static bool AreTogether(ImageItem[] items, IEnumerable<DataSplit> splits) => splits.All(split =>
        new[] { split.Train, split.Validation, split.Test }
            .SelectMany((part, number) =>
                part.Where(i => items[i].Group is not null).Select(i => (Group: items[i].Group!, number)))
            .Distinct().CountBy(p => p.Group).All(c => c.Value == 1));

    private static bool IsShare(ImageItem[] items, int[] pool, int[] taken, double fraction, bool stratified)
    {
        var total = fraction == 0 || pool.Length < 2 ? 0
            : Math.Clamp((int)Math.Round(pool.Length * fraction, MidpointRounding.AwayFromZero), 1, pool.Length - 1);
        return taken.Length == total && (!stratified || pool.GroupBy(i => items[i].Label).All(label =>
            Math.Abs(taken.Count(i => items[i].Label == label.Key) - (double)total * label.Count() / pool.Length) < 1));
    }

    private static Gen<ImageItem[]> Items(int groups) => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 12]).Array[1, 60].Select(kinds =>
        kinds.Select((kind, i) => new ImageItem(
            $"{i}", kind.Item1 == 0 ? null : $"class {kind.Item1}",
            Group: kind.Item2 < groups ? $"group {kind.Item2}" : null)).ToArray());
}
