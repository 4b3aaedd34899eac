using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pentimento.Export;

/// <summary>What a model says of its training, as it may be passed on.</summary>
public static partial class TrainingFacts
{
    private static readonly char[] s_separators = ['/', '\\'];
    private static readonly string[] s_names = // of the model, or one before it
        ["command", "strength", "data", "model", "imported", "metadata"];
    private static readonly string[] s_places = ["anomalous", "secondCaptures", "from"];

    /// <summary>
    /// Takes out what names anything on the machine that it was trained on: the command line, and the paths and names of sets and
    /// files. What was done, and on how the pictures hash, stays.
    /// </summary>
    /// <param name="facts">Are changed.</param>
    public static void RemoveNames(JsonObject facts)
    {
        for (var of = facts; of is not null; of = of["from"] as JsonObject)
            foreach (var name in s_names) of.Remove(name);
        if (facts["options"] is not JsonObject options) return;
        options["data"] = ""; // which options must have
        foreach (var name in s_places) options.Remove(name);
        if (options["detector"] is not JsonObject detector) return;
        foreach (var list in new[] { "backbones", "knownOthers" })
            if (detector[list] is JsonArray paths) paths.Clear();
    }

    /// <summary>
    /// Takes out the folders of the machine that it was trained on: of each absolute path, whole or within a command line, the
    /// last name is left. Paths that are relative stay.
    /// </summary>
    /// <param name="facts">Are changed.</param>
    public static void RemoveFolders(JsonObject facts)
    {
        foreach (var (name, value) in facts.ToArray()) facts[name] = Copy(value);
    }

    private static JsonNode? Copy(JsonNode? node) => node switch
    {
        JsonObject named => new JsonObject(named.Select(fact => KeyValuePair.Create(fact.Key, Copy(fact.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Copy)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Text(text),
        _ => node?.DeepClone(),
    };

    // A path may have blanks; a command line begins with a name.
    private static string Text(string text) =>
        AbsolutePath().IsMatch(text) ? LastName(text) : Argument().Replace(text, match => LastName(match.Value));

    private static string LastName(string path)
    {
        var name = path.TrimEnd(s_separators);
        return name.Length == 0 ? path : name[(name.LastIndexOfAny(s_separators) + 1)..];
    }

    [GeneratedRegex(@"^(/|\\\\|[A-Za-z]:[/\\])", RegexOptions.CultureInvariant)]
    private static partial Regex AbsolutePath();

    // Behind a blank or =; as far as the next quote where one is before it, else as far as the next blank.
    [GeneratedRegex(@"(?<=[\s=]')(/|\\\\|[A-Za-z]:[/\\])[^']+|(?<=[\s=])(/|\\\\|[A-Za-z]:[/\\])[^\s']+",
        RegexOptions.CultureInvariant)]
    private static partial Regex Argument();
}
