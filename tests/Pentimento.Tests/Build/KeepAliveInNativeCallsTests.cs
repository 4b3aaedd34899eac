using System.Linq.Expressions;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Pentimento.Build;
using TorchSharp;
using static TorchSharp.torch;

namespace Pentimento.Tests.Build;

public sealed class KeepAliveInNativeCallsTests
{
    private static readonly string s_torchSharp = typeof(Scalar).Assembly.Location;

    [Fact]
    public void Every_method_that_hands_a_Scalar_to_native_code_keeps_it_until_it_returns()
    {
        using var module = ModuleDefinition.ReadModule(s_torchSharp);
        var handed = (
            from method in Methods(module)
            where method.Body.Instructions.Any(i =>
                i.Operand is MethodReference { Name: "get_Handle", DeclaringType.Name: "Scalar" })
            from parameter in method.Parameters
            where parameter.ParameterType.Name == "Scalar"
            select (method, parameter)).ToArray();
        Assert.InRange(handed.Length, 100, 1000);
        var lost = handed.Where(pair => !Kept(pair.method).All(kept => kept.Contains(pair.parameter)));
        Assert.Empty(lost.Select(pair => $"{pair.method.FullName}: {pair.parameter.Name}"));
    }

    [Fact]
    public void Every_method_that_works_with_native_pointers_keeps_its_objects_and_those_whose_pointer_it_reads()
    {
        using var module = ModuleDefinition.ReadModule(s_torchSharp);
        var methods = Methods(module).Where(KeepAlive.UsesPointers).ToArray();
        Assert.InRange(methods.Length, 1000, 10000);
        var lost = methods.Where(method => !Kept(method).All(kept => KeepAlive.Objects(method).All(kept.Contains)
            && kept.OfType<VariableDefinition>().Distinct().Count() >= method.Body.Instructions.Count(KeepAlive.ReadsPointer)));
        Assert.Empty(lost.Select(method => method.FullName));
    }

    [Fact]
    public void The_assembly_keeps_its_name_version_and_public_key()
    {
        var name = typeof(Scalar).Assembly.GetName();
        var compiledWith = typeof(Pentimento.Models.Network).Assembly.GetReferencedAssemblies();
        Assert.Contains(name.FullName, compiledWith.Select(reference => reference.FullName));
        Assert.NotEmpty(name.GetPublicKey()!);
    }

    [Fact]
    public void Methods_do_what_they_did_before()
    {
        using var changed = new MemoryStream();
        using (var module = ModuleDefinition.ReadModule(typeof(KeepAliveInNativeCallsTests).Assembly.Location))
        {
            Assert.True(KeepAlive.AddTo(module) >= 3);
            module.Write(changed);
        }
        changed.Position = 0;
        var context = new AssemblyLoadContext("changed", isCollectible: true);
        try
        {
            var after = context.LoadFromStream(changed)
                .GetType(typeof(PointerOwner).FullName!)!.GetMethod(nameof(PointerOwner.Walk))!;
            for (var way = 0; way < 8; way++) Assert.Equal(PointerOwner.Walk(way), after.Invoke(null, [way]));
        }
        finally
        {
            context.Unload();
        }
    }

    /// <summary>
    /// Fails on the assembly as published once the runtime has optimised <c>pow_</c>, which on a busy machine may be too late for
    /// this test; on the changed one it cannot fail.
    /// </summary>
    [Fact]
    public void No_collection_takes_a_number_from_a_native_call_that_runs()
    {
        using var scope = NewDisposeScope();
        Tensor few = ones(1), many = empty(4_000_000);
        // Code of the tests keeps objects longer than optimised code does; compiled expressions are optimised.
        var image = Expression.Parameter(typeof(Tensor));
        var exponent = Expression.Convert(Expression.Constant(1.01f), typeof(Scalar));
        var number = Expression.Call(typeof(KeepAliveInNativeCallsTests), nameof(Remember), null, exponent);
        var power = Expression.Lambda<Action<Tensor>>(Expression.Call(image, nameof(Tensor.pow_), null, number), image).Compile();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 40; i++) power(few);
            Thread.Sleep(120);
        }
        for (var round = 0; round < 5; round++)
        {
            many.fill_(1.5f);
            s_number = null;
            var lost = false;
            var observer = new Thread(() => lost = IsLost(many));
            observer.Start();
            try
            {
                power(many);
            }
            finally
            {
                many.fill_(0); // ends the other thread's wait, whatever happened
                observer.Join();
            }
            Assert.False(lost, "A Scalar could be finalised while native code was at work with it.");
        }
    }

    private static volatile WeakReference? s_number;

    private static Scalar Remember(Scalar number)
    {
        s_number = new WeakReference(number);
        return number;
    }

    private static bool IsLost(Tensor values)
    {
        var numbers = MemoryMarshal.Cast<byte, float>(values.bytes);
        while (Volatile.Read(ref numbers[0]) == 1.5f) Thread.Yield(); // until the native call has begun
        GC.Collect(0);
        // What is not computed yet proves that the call was still running.
        return !s_number!.IsAlive && Volatile.Read(ref numbers[^1]) == 1.5f;
    }

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition module) =>
        module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    /// <summary>For each return of a method, the arguments and variables that are kept alive just before it.</summary>
    private static IEnumerable<HashSet<object>> Kept(MethodDefinition method)
    {
        foreach (var ret in method.Body.Instructions.Where(i => i.OpCode == OpCodes.Ret))
        {
            var kept = new HashSet<object>();
            for (var i = ret.Previous; i?.Operand is MethodReference { Name: "KeepAlive", DeclaringType.FullName: "System.GC" };)
            {
                kept.Add(i.Previous.OpCode == OpCodes.Ldarg_0 ? method.Body.ThisParameter : i.Previous.Operand);
                i = i.Previous.Previous;
            }
            yield return kept;
        }
    }
}
