using System.Globalization;

namespace Pentimento.Data;

/// <summary>The names of the classes of MNIST and of the sets shaped like it.</summary>
internal static class MnistClasses
{
    private static readonly string[] Fashion =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>
    /// Whether a path is that of Fashion-MNIST. The last of its parts that says "fashion" or "mnist" decides:
    /// "FashionMNIST/raw" is, "fashion-experiments/mnist" is not.
    /// </summary>
    public static bool IsFashion(string fullPath) =>
        fullPath.Split('/', '\\').LastOrDefault(part => Says(part, "fashion") || Says(part, "mnist")) is { } part
        && Says(part, "fashion");

    /// <summary>The largest label that the set can have.</summary>
    public static int Largest(bool fashion) => fashion ? Fashion.Length - 1 : 255;

    /// <summary>The name of a class: Fashion-MNIST's, or the number itself.</summary>
    public static string Name(int label, bool fashion) => fashion ? Fashion[label] : label.ToString(CultureInfo.InvariantCulture);

    /// <summary>The names of the classes that occur, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Names(IEnumerable<int> labels, bool fashion) =>
        [.. labels.Distinct().Order().Select(label => Name(label, fashion))];

    private static bool Says(string part, string word) => part.Contains(word, StringComparison.OrdinalIgnoreCase);
}
