#nullable disable
// Compiled twice: by MSBuild as an inline task (netstandard 2.0 and Mono.Cecil), and by the tests, which call KeepAlive directly.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Pentimento.Build
{
#if !PENTIMENTO_TESTS
    /// <summary>Writes a copy of TorchSharp.dll in which no object is finalised while native code uses what it owns.</summary>
    public sealed class KeepAliveInNativeCalls : Microsoft.Build.Utilities.Task
    {
        [Microsoft.Build.Framework.Required]
        public string Source { get; set; }

        [Microsoft.Build.Framework.Required]
        public string Destination { get; set; }

        public override bool Execute()
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination)));
                var temporary = Destination + "." + Guid.NewGuid().ToString("N") + ".tmp";
                int methods;
                using (var module = ModuleDefinition.ReadModule(Source))
                {
                    methods = KeepAlive.AddTo(module);
                    // The name keeps its public key, so that references hold; .NET does not check signatures.
                    module.Attributes &= ~ModuleAttributes.StrongNameSigned;
                    module.Write(temporary, new WriterParameters { DeterministicMvid = true });
                }
                // The old file may be hard-linked into other folders, so it is replaced, never written into.
                File.Delete(Destination);
                File.Move(temporary, Destination);
                Log.LogMessage(Microsoft.Build.Framework.MessageImportance.Normal,
                    "{0}: {1} methods keep their arguments alive.", Path.GetFileName(Source), methods);
                return true;
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException || e is BadImageFormatException)
            {
                Log.LogError("Cannot write a copy of '{0}' that keeps arguments of native calls alive: {1}", Source, e.Message);
                return false;
            }
        }
    }
#endif

    /// <summary>
    /// Ends a fault of TorchSharp 0.107: it reads the native pointer of an object and hands that to native code, and from then on
    /// nothing holds the object. A collection on another thread finalises it, and the native code reads freed memory. It meets
    /// the numbers in <c>x * 0.5</c> and the 1 that hides in <c>a + b</c> (Scalar), and tensors outside of a dispose scope.
    /// <para>
    /// In every method that works with native pointers, <c>GC.KeepAlive</c> is called before it returns for each argument that is
    /// an object (this, and arrays and lists too), and for each object whose pointer the method reads. Other methods need
    /// nothing: they pass objects on to one of these. The call costs nothing; it only says how long a variable is needed.
    /// </para>
    /// <para>
    /// Not covered are numbers as arguments of TorchScript (their Scalar is made in a method that returns the pointer) and
    /// tensors in a span that nothing else holds. Delete this when TorchSharp calls KeepAlive, or hands SafeHandles to native
    /// code; until then it does no harm to a version without the fault.
    /// </para>
    /// </summary>
    public static class KeepAlive
    {
        private static readonly Dictionary<string, OpCode> s_named = typeof(OpCodes).GetFields()
            .Select(field => (OpCode)field.GetValue(null)).ToDictionary(code => code.Name);

        /// <summary>Changes the module in memory.</summary>
        /// <returns>The number of methods that were changed.</returns>
        public static int AddTo(ModuleDefinition module)
        {
            var collector = new TypeReference("System", "GC", module, module.TypeSystem.CoreLibrary);
            var keepAlive = new MethodReference("KeepAlive", module.TypeSystem.Void, collector);
            keepAlive.Parameters.Add(new ParameterDefinition(module.TypeSystem.Object));
            var methods = module.GetTypes().SelectMany(type => type.Methods).Where(UsesPointers);
            return methods.Count(method => AddTo(method, keepAlive));
        }

        /// <summary>Whether a method calls or reads anything with a native pointer, or an array of them, in its type.</summary>
        public static bool UsesPointers(MethodDefinition method)
        {
            return method.HasBody && method.Body.Instructions.Any(i =>
                i.Operand is FieldReference field ? IsPointer(field.FieldType)
                : i.Operand is MethodReference called
                    && (IsPointer(called.ReturnType) || called.Parameters.Any(p => IsPointer(p.ParameterType))));
        }

        /// <summary>The arguments of a method, this among them, that are objects; spans and nullable tuples are not.</summary>
        public static IEnumerable<ParameterDefinition> Objects(MethodDefinition method)
        {
            var own = method.HasThis && !method.DeclaringType.IsValueType ? new[] { method.Body.ThisParameter } : [];
            return own.Concat(method.Parameters.Where(p => IsObject(p.ParameterType)));
        }

        /// <summary>Whether an instruction replaces an object of this module on the stack by its native pointer.</summary>
        public static bool ReadsPointer(Instruction instruction)
        {
            var code = instruction.OpCode.Code;
            var pointer =
                code == Code.Ldfld ? ((FieldReference)instruction.Operand).FieldType
                : (code == Code.Call || code == Code.Callvirt) && instruction.Operand is MethodReference called
                    && called.HasThis && called.Parameters.Count == 0 ? called.ReturnType : null;
            if (pointer == null || !IsPointer(pointer)) return false;
            var owner = ((MemberReference)instruction.Operand).DeclaringType.GetElementType() as TypeDefinition;
            return owner != null && !owner.IsValueType;
        }

        private static bool AddTo(MethodDefinition method, MethodReference keepAlive)
        {
            var body = method.Body;
            foreach (var branch in body.Instructions.Where(i => i.OpCode.OperandType == OperandType.ShortInlineBrTarget))
                branch.OpCode = s_named[branch.OpCode.Name.Replace(".s", "")]; // the way may get too long for a short one
            var kept = Objects(method).Select(p => (OpCodes.Ldarg, (object)p)).ToList();
            foreach (var read in body.Instructions.Where(ReadsPointer).ToList())
            {
                var owner = new VariableDefinition(keepAlive.Parameters[0].ParameterType);
                body.Variables.Add(owner);
                body.InitLocals = true;
                PutBefore(body, read, [(OpCodes.Dup, null), (OpCodes.Stloc, owner)]);
                kept.Add((OpCodes.Ldloc, owner));
            }
            // Where a method returns, no region for exceptions is open.
            var calls = kept.SelectMany(load => new[] { load, (OpCodes.Call, keepAlive) }).ToList();
            if (calls.Count > 0)
                foreach (var ret in body.Instructions.Where(i => i.OpCode == OpCodes.Ret).ToList()) PutBefore(body, ret, calls);
            return calls.Count > 0;
        }

        // What jumps to an instruction is to meet first what is put before it. So the instruction becomes the first of these.
        private static void PutBefore(MethodBody body, Instruction instruction, IReadOnlyList<(OpCode, object)> added)
        {
            var at = body.Instructions.IndexOf(instruction);
            foreach (var (code, operand) in added.Skip(1).Append((instruction.OpCode, instruction.Operand)))
            {
                var next = Instruction.Create(OpCodes.Nop);
                (next.OpCode, next.Operand) = (code, operand);
                body.Instructions.Insert(++at, next);
            }
            (instruction.OpCode, instruction.Operand) = added[0];
        }

        private static bool IsPointer(TypeReference type) { return type.GetElementType().MetadataType == MetadataType.IntPtr; }

        private static bool IsObject(TypeReference type)
        {
            var kind = type.MetadataType;
            return kind == MetadataType.Class || kind == MetadataType.Object || kind == MetadataType.Array
                || (kind == MetadataType.GenericInstance && !type.IsValueType);
        }
    }
}
