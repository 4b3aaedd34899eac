using System.Reflection;

namespace Pentimento.Models;

/// <summary>Registers a <see cref="Backbone"/> under a name.</summary>
/// <param name="name">The name in commands and model bundles, lower case.</param>
/// <param name="summary">One line: what it is.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BackboneAttribute(string name, string summary) : Attribute
{
    /// <summary>The name in commands and model bundles.</summary>
    public string Name => name;

    /// <summary>One line: what it is.</summary>
    public string Summary => summary;
}

/// <summary>The registered backbones.</summary>
public static class Backbones
{
    private static readonly SortedDictionary<string, Type> s_types = new(
        (from type in typeof(Backbone).Assembly.GetTypes()
         where type.IsSubclassOf(typeof(Backbone))
         select KeyValuePair.Create(Of(type).Name, type)).ToDictionary(), StringComparer.Ordinal);

    // What a constructor throws comes out as it is.
    private const BindingFlags Direct = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions;

    /// <summary>All names, in order.</summary>
    public static IReadOnlyList<string> Names => [.. s_types.Keys];

    /// <summary>What a registered backbone is, in one line.</summary>
    /// <exception cref="ArgumentException">No such backbone is registered.</exception>
    public static string Summary(string name) => Of(Find(name)).Summary;

    /// <summary>Makes a backbone, all weights 0. The caller disposes it.</summary>
    /// <exception cref="ArgumentException">No such backbone is registered.</exception>
    /// <param name="name">As registered.</param>
    /// <param name="convention">What the weights expect of pixels.</param>
    /// <param name="options">
    /// The size, for a backbone that comes in several (<see cref="Backbone.Options"/>); null takes the usual one.
    /// </param>
    public static Backbone Create(string name, InputConvention convention, IReadOnlyDictionary<string, int>? options = null)
    {
        var type = Find(name);
        if (options is { Count: > 0 } && type != typeof(DenoiserBackbone))
            throw new ArgumentException($"The backbone '{name}' has one size; it takes no options.");
        Backbone backbone = options is { Count: > 0 } ? new DenoiserBackbone(convention, options)
            : (Backbone)Activator.CreateInstance(type, Direct, null, [convention], null)!;
        backbone.eval();
        return backbone;
    }

    internal static string NameOf(Type type) => Of(type).Name;

    private static Type Find(string name) => s_types.TryGetValue(name, out var type) ? type
        : throw new ArgumentException($"There is no backbone '{name}'; there are {string.Join(", ", Names)}.");

    private static BackboneAttribute Of(Type type) => type.GetCustomAttribute<BackboneAttribute>()
        ?? throw new ArgumentException($"{type.Name} has no [Backbone] attribute.");
}
