using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using Pentimento.Imaging;

namespace Pentimento.Models;

/// <summary>Registers a <see cref="Network"/> under a name.</summary>
/// <param name="name">The name in commands and model bundles, lower case.</param>
/// <param name="summary">One line: what it is.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ArchitectureAttribute(string name, string summary) : Attribute
{
    /// <summary>The name in commands and model bundles.</summary>
    public string Name => name;

    /// <summary>One line: what it is.</summary>
    public string Summary => summary;
}

/// <summary>
/// The whole-number options of an architecture by name, such as channel counts. A network asks for each with its default;
/// an option nobody asks for is an error.
/// </summary>
public sealed class ArchitectureOptions
{
    private readonly Dictionary<string, int> _given;
    private readonly SortedDictionary<string, int> _used = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (int Least, int Most)> _ranges = new(StringComparer.Ordinal);

    /// <summary>The given options; what is not given takes the network's default.</summary>
    public ArchitectureOptions(IReadOnlyDictionary<string, int>? given = null) =>
        _given = new(given ?? new Dictionary<string, int>());

    /// <summary>Every option with the value that the network uses.</summary>
    public IReadOnlyDictionary<string, int> Values => _used;

    /// <summary>The smallest and the largest value of every option, in this network.</summary>
    public IReadOnlyDictionary<string, (int Least, int Most)> Ranges => _ranges;

    internal IEnumerable<string> Unknown => _given.Keys.Except(_used.Keys);

    /// <summary>The value of one option.</summary>
    /// <param name="name">The option.</param>
    /// <param name="standard">Its value where none was given.</param>
    /// <param name="least">The smallest value.</param>
    /// <param name="most">The largest value: what a network of any use may have, so that no small file asks for a huge one.</param>
    /// <exception cref="ArgumentException">The given value is smaller or larger.</exception>
    public int Get(string name, int standard, int least, int most)
    {
        _ranges[name] = (least, most);
        var value = _given.GetValueOrDefault(name, standard);
        if (value < least || value > most)
            throw new ArgumentException($"The option {name} is {value}; it must be {least} to {most}.");
        return _used[name] = value;
    }
}

/// <summary>The registered networks.</summary>
public static class Architectures
{
    private const int MostChannels = 8192; // features of a backbone have thousands
    private const long MostValues = 6L * Preprocessing.LargestSide * Preprocessing.LargestSide; // two captures in colour
    private static readonly ConcurrentDictionary<string, Type> s_types = new(
        from type in typeof(Network).Assembly.GetTypes()
        where type.IsSubclassOf(typeof(Network)) && !type.IsAbstract
        select KeyValuePair.Create(Of(type).Name, type));

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> Names => [.. s_types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Registers a network of another assembly.</summary>
    /// <exception cref="ArgumentException">It has no <see cref="ArchitectureAttribute"/>, or the name is taken.</exception>
    public static void Register<TNetwork>() where TNetwork : Network
    {
        if (!s_types.TryAdd(Of(typeof(TNetwork)).Name, typeof(TNetwork)))
            throw new ArgumentException($"The architecture '{NameOf(typeof(TNetwork))}' is already registered.");
    }

    /// <summary>What a registered network is, in one line.</summary>
    /// <exception cref="ArgumentException">No such network is registered.</exception>
    public static string Summary(string name) => Of(Find(name)).Summary;

    /// <summary>
    /// Makes a network, with weights not yet initialised (<see cref="Network.Initialise"/>). The caller disposes it.
    /// </summary>
    /// <param name="name">A registered name.</param>
    /// <param name="input">The shape of the images.</param>
    /// <param name="options">Its options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The name, the shape or an option is not known or out of range, or the weights do not fit into this machine's memory.
    /// </exception>
    public static Network Create(string name, ImageShape input, IReadOnlyDictionary<string, int>? options = null)
    {
        var type = Find(name);
        const int side = Preprocessing.LargestSide;
        if (input.Channels is < 1 or > MostChannels || input.Height is < 1 or > side || input.Width is < 1 or > side
            || input.Count > MostValues)
            throw new ArgumentException(
                $"Images of {input} are outside what a network takes ({MostChannels} channels, {side}×{side} pixels, " +
                $"{MostValues:N0} values).");
        var asked = new ArchitectureOptions(options);
        Network network;
        using var limit = WeightLimit.OfMachine();
        try
        {
            network = (Network)Activator.CreateInstance(type, input, asked)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is ArgumentException or ExternalException)
        {
            // An ExternalException is libtorch's: there is not enough memory. It has a stack trace in its message.
            var reason = e.InnerException.Message.Split('\n')[0];
            throw new ArgumentException($"The architecture '{name}' cannot be made: {reason}", e.InnerException);
        }
        if (asked.Unknown.FirstOrDefault() is not { } unknown) return network;
        network.Dispose();
        var known = string.Join(", ", asked.Values.Keys.DefaultIfEmpty("none"));
        throw new ArgumentException($"The architecture '{name}' has no option '{unknown}'; it has {known}.");
    }

    internal static string NameOf(Type type) => Of(type).Name;

    private static Type Find(string name) => s_types.TryGetValue(name, out var type) ? type
        : throw new ArgumentException($"There is no architecture '{name}'; there are {string.Join(", ", Names)}.");

    private static ArchitectureAttribute Of(Type type) => type.GetCustomAttribute<ArchitectureAttribute>()
        ?? throw new ArgumentException($"{type.Name} has no [Architecture] attribute.");
}
