namespace Pentimento.Data;

/// <summary>
/// Which images of a set are learned from, which choose the model, which measure it. Goes to JSON and back as it is; holds for
/// the set with the same <see cref="ImageDataset.Fingerprint"/>.
/// </summary>
/// <param name="Train">Indices of the images to learn from, ascending.</param>
/// <param name="Validation">Indices of the images to choose a model by, ascending; may be empty.</param>
/// <param name="Test">Indices of the images to measure a model on, ascending; may be empty.</param>
public sealed record DataSplit(int[] Train, int[] Validation, int[] Test)
{
    // The draws for test and validation are independent: another validation fraction leaves the test images as they are.
    private const int TestStream = 1, ValidationStream = 2, FoldStream = 3;

    /// <summary>Divides a set.</summary>
    /// <param name="items">The images.</param>
    /// <param name="options">Fractions, seed, stratification; null for the defaults.</param>
    /// <returns>
    /// Every image in exactly one part. A part with a fraction above 0 gets an image whenever two can be separated.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, there are no images, or the source declares one group's images to be in different parts.
    /// </exception>
    public static DataSplit Create(IReadOnlyList<ImageItem> items, SplitOptions? options = null)
    {
        options ??= new();
        options.Validate();
        if (items.Count == 0) throw new ArgumentException("There are no images to divide.", nameof(items));
        var declared = DeclaredSplits.Of(items);
        int[] Declared(string split) => [.. Enumerable.Range(0, items.Count).Where(i => declared[i] == split)];
        var (test, validation) = (Declared(ImageItem.TestSplit), Declared(ImageItem.ValidationSplit));
        var train = Enumerable.Range(0, items.Count).Except(test).Except(validation).ToArray();

        if (test.Length == 0)
            (test, train) = Stratification.Take(
                items, train, options.TestFraction, options.Stratify, new(options.Seed, TestStream));
        if (validation.Length == 0)
            (validation, train) = Stratification.Take(
                items, train, options.ValidationFraction, options.Stratify, new(options.Seed, ValidationStream));
        return new DataSplit(train, validation, test);
    }

    /// <summary>Divides a set for cross-validation: every image is a test image exactly once.</summary>
    /// <param name="items">The images. What their source says about splits is not used; groups stay together.</param>
    /// <param name="count">The number of folds, from 2 to the number of images that can be separated.</param>
    /// <param name="seed">Determines which images go where; the same on every machine.</param>
    /// <param name="validationFraction">
    /// The share of each fold's remaining images to choose a model by, from 0 to below 1.
    /// </param>
    /// <param name="stratify">Spread every class over the folds to within one image (groups may force more).</param>
    /// <returns><paramref name="count"/> splits, each with its own test images.</returns>
    /// <exception cref="ArgumentException">
    /// There are too few images or groups for so many folds, or a number is out of range.
    /// </exception>
    public static IReadOnlyList<DataSplit> Folds(
        IReadOnlyList<ImageItem> items, int count, long seed, double validationFraction = 0, bool stratify = true)
    {
        new SplitOptions { ValidationFraction = validationFraction }.Validate();
        var folds = Stratification.Deal(items, count, stratify, new(seed, FoldStream));
        return [.. folds.Select((test, fold) =>
        {
            var rest = Enumerable.Range(0, items.Count).Except(test).ToArray();
            var (validation, train) = Stratification.Take(
                items, rest, validationFraction, stratify, new(seed, FoldStream + 1 + fold));
            return new DataSplit(train, validation, test);
        })];
    }

    /// <summary>Checks a split that was stored against the set it is to be used with.</summary>
    /// <param name="imageCount">The number of images of the set.</param>
    /// <exception cref="InvalidDataException">An index is out of range or in two places.</exception>
    public void CheckFits(int imageCount)
    {
        var seen = new bool[imageCount];
        foreach (var index in Train.Concat(Validation).Concat(Test))
        {
            if ((uint)index >= (uint)imageCount)
                throw new InvalidDataException($"The split names image {index}; the set has {imageCount}.");
            if (seen[index]) throw new InvalidDataException($"The split names image {index} more than once.");
            seen[index] = true;
        }
    }

    /// <summary>Whether all parts hold the same indices in the same order.</summary>
    public bool Equals(DataSplit? other) => other is not null && Train.AsSpan().SequenceEqual(other.Train)
        && Validation.AsSpan().SequenceEqual(other.Validation) && Test.AsSpan().SequenceEqual(other.Test);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Train.Length, Validation.Length, Test.Length, Train.FirstOrDefault(), Test.FirstOrDefault());
}
