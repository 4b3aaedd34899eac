using System.Reflection;

namespace Pentimento.Tests.Architecture;

/// <summary>
/// Arrows between the rooms of the library only go down: a room knows those of lower floors and none of its own.
/// </summary>
public sealed class RoomTests
{
    /// <summary>From the top down. Rooms of one floor do not know each other, but for the pairs named below.</summary>
    private static readonly string[][] s_floors =
    [
        ["Experiments"], ["Auditing", "Reports", "Runs"], ["Detection", "Export", "Inference", "Training"], ["Models", "Data"],
        ["Imaging", "Metrics"], ["Numerics"], ["Files"],
    ];

    /// <summary>Inference runs detectors on files, Export writes them for other programs, and some detectors train networks.</summary>
    private static readonly (string From, string To)[] s_neighbours =
        [("Inference", "Detection"), ("Export", "Detection"), ("Detection", "Training")];

    [Fact]
    public void Every_room_knows_only_lower_floors()
    {
        var floor = s_floors.SelectMany((rooms, i) => rooms.Select(room => (room, i))).ToDictionary(x => x.room, x => x.i);
        var wrong = Arrows().Where(a => a.From != a.To && floor[a.From] >= floor[a.To] && !s_neighbours.Contains((a.From, a.To)));
        Assert.Empty(wrong.Select(a => $"{a.From} → {a.To} ({a.Type})").Order());
    }

    [Fact]
    public void Every_type_lives_in_a_room() =>
        Assert.Empty(typeof(Pentimento.Models.Network).Assembly.GetExportedTypes()
            .Where(t => RoomOf(t.Namespace) is null).Select(t => t.FullName));

    [Fact]
    public void The_command_line_is_not_known_to_the_library() =>
        Assert.DoesNotContain(
            typeof(Pentimento.Models.Network).Assembly.GetReferencedAssemblies(),
            name => name.Name is "Pentimento.Cli" or "System.CommandLine" or "Spectre.Console");

    [Fact]
    public void Nobody_is_a_manager_a_helper_or_a_utility() =>
        Assert.DoesNotContain(
            typeof(Pentimento.Models.Network).Assembly.GetTypes().Select(t => t.Name),
            name => new[] { "Manager", "Helper", "Utils", "Common", "Processor" }.Any(name.EndsWith));

    /// <summary>Which room's types name which other room's types: in fields, signatures, bodies and attributes alike.</summary>
    private static IEnumerable<(string From, string To, string Type)> Arrows()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        var assembly = typeof(Pentimento.Models.Network).Assembly;
        foreach (var type in assembly.GetTypes())
        {
            if (RoomOf(type.Namespace) is not { } from) continue;
            var used = new HashSet<Type>();
            foreach (var field in type.GetFields(all)) used.Add(field.FieldType);
            foreach (var method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
            {
                foreach (var parameter in method.GetParameters()) used.Add(parameter.ParameterType);
                if (method is MethodInfo { ReturnType: var returned }) used.Add(returned);
                foreach (var member in Called(method)) used.Add(member);
            }
            if (type.BaseType is { } parent) used.Add(parent);
            foreach (var to in used.SelectMany(Parts).Where(t => t.Assembly == assembly)
                .Select(t => RoomOf(t.Namespace)).OfType<string>().Distinct())
                yield return (from, to, type.Name);
        }
    }

    /// <summary>
    /// The types of the members that a method's body names: every metadata token in its instructions that resolves.
    /// </summary>
    private static IEnumerable<Type> Called(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il) yield break;
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at + 4 < il.Length; at++)
        {
            // call, callvirt, newobj, ldfld, ldsfld, newarr, castclass, isinst: an operand that is no token does not resolve.
            if (il[at] is not (0x28 or 0x6F or 0x73 or 0x7B or 0x7E or 0x8D or 0x74 or 0x75)) continue;
            MemberInfo? member = null;
            try
            {
                member = method.Module.ResolveMember(BitConverter.ToInt32(il, at + 1), typeArguments, methodArguments);
            }
            catch (ArgumentException)
            {
            }
            if (member is Type type) yield return type;
            else if (member?.DeclaringType is { } declaring) yield return declaring;
        }
    }

    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];

    private static string? RoomOf(string? space) =>
        space?.Split('.') is ["Pentimento", var room, ..] && s_floors.Any(floor => floor.Contains(room)) ? room : null;
}
