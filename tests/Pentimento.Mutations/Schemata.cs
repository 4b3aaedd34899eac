using System.Security.Cryptography;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Pentimento.Mutations;

/// <summary>A planted fault.</summary>
/// <param name="Id">Its number in the assembly, from 1.</param>
/// <param name="Room">The folder of the library that it is in.</param>
/// <param name="Place">File and line: "Metrics/Ranking.cs:42".</param>
/// <param name="Original">What stands there.</param>
/// <param name="Changed">What stands there instead.</param>
/// <param name="Name">Of a <see cref="NamedFault"/>; else null.</param>
internal sealed record Mutant(int Id, string Room, string Place, string Original, string Changed, string? Name)
{
    /// <summary>The same in every run, as long as the line is.</summary>
    public string Key => Name is null ? $"{Place} {Original} → {Changed}" : $"{Name} ({Place})";
}

/// <summary>
/// All mutants in one assembly, each behind a switch (mutant schemata; Untch, Offutt and Harrold, 1993;
/// doi:10.1145/154183.154265): one build serves all, and an environment variable says which one is on.
/// </summary>
internal sealed class Schemata
{
    private const string Mark = "mutant", Leaving = "leaves out";
    private readonly Library _library;
    private readonly string _folder;
    private readonly HashSet<string> _rooms;
    private readonly HashSet<int> _broken = [];
    private readonly Dictionary<int, Mutant> _mutants = [];

    /// <summary>Of some rooms of a library.</summary>
    /// <param name="library">The library.</param>
    /// <param name="folder">Its source folder.</param>
    /// <param name="rooms">Names of folders in it.</param>
    public Schemata(Library library, string folder, IEnumerable<string> rooms)
    {
        (_library, _folder, _rooms) = (library, folder, [.. rooms]);
    }

    /// <summary>Writes the assembly. What does not compile with its switch is left out, until all does.</summary>
    /// <param name="path">Where.</param>
    /// <param name="memory">A file that keeps what was left out, so that the same source takes one round the next time.</param>
    /// <returns>The mutants in it.</returns>
    public IReadOnlyList<Mutant> Write(string path, string memory)
    {
        var sources = _library.Compilation.SyntaxTrees.SelectMany(tree => tree.GetText().GetChecksum());
        var source = Convert.ToHexString(SHA256.HashData([.. sources, .. typeof(Rules).Module.ModuleVersionId.ToByteArray()]));
        if (File.Exists(memory) && File.ReadAllLines(memory) is [var of, .. var numbers] && of == source)
            _broken.UnionWith(numbers.Select(int.Parse));
        for (var round = 1; round <= 40; round++)
        {
            _mutants.Clear();
            var compilation = _library.Compilation;
            var number = 0;
            foreach (var tree in _library.Compilation.SyntaxTrees)
            {
                var file = Path.GetRelativePath(_folder, tree.FilePath).Replace('\\', '/');
                var named = NamedFault.All.Where(fault => fault.File == file).ToArray();
                if (named.Length == 0 && !_rooms.Contains(file.Split('/')[0])) continue;
                var planter = new Planter(this, file, Places(tree, named), _library.Compilation.GetSemanticModel(tree), number);
                var root = planter.Visit(tree.GetRoot())!;
                number = planter.Number;
                compilation = compilation.ReplaceSyntaxTree(tree, tree.WithRootAndOptions(root, tree.Options));
            }
            compilation = compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
                Switch.Replace("COUNT", $"{number + 1}"), (CSharpParseOptions)compilation.SyntaxTrees[0].Options));
            var errors = _library.Emit(compilation, path);
            if (errors.Count == 0)
            {
                File.WriteAllLines(memory, [source, .. _broken.Select(id => $"{id}")]);
                return [.. _mutants.Values];
            }
            var before = _broken.Count;
            foreach (var error in errors) Blame(error);
            Console.WriteLine($"  round {round}: {errors.Count} errors, {_broken.Count - before} mutants left out");
            if (_broken.Count == before) throw new InvalidOperationException($"No mutant is to blame for: {errors[0]}");
        }
        throw new InvalidOperationException("The mutants do not compile.");
    }

    /// <summary>The mutants around an error; else those in its member, first the statements left out (variables not set).</summary>
    private void Blame(Diagnostic error)
    {
        if (error.Location.SourceTree is not { } tree) return;
        var node = tree.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
        foreach (var around in node.AncestorsAndSelf())
            if (Marks(around) is [var innermost, ..])
            {
                _broken.Add(innermost.Id);
                return;
            }
        var member = node.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().First();
        var all = member.DescendantNodes().SelectMany(Marks).ToArray();
        var statements = all.Where(m => m.LeavesOut).ToArray();
        foreach (var (id, _) in statements.Length > 0 ? statements : all) _broken.Add(id);
    }

    private static (int Id, bool LeavesOut)[] Marks(SyntaxNode node) =>
        [.. node.GetAnnotations(Mark).Select(a => (int.Parse(a.Data!.Split(' ')[0]), a.Data.EndsWith(Leaving, StringComparison.Ordinal)))];

    private static (SyntaxNode Node, NamedFault Fault)[] Places(SyntaxTree tree, NamedFault[] faults)
    {
        var (text, root) = (tree.GetText().ToString(), tree.GetRoot());
        return [.. faults.Select(fault =>
        {
            var at = text.IndexOf(fault.Find, StringComparison.Ordinal);
            if (at < 0 || text.IndexOf(fault.Find, at + 1, StringComparison.Ordinal) >= 0)
                throw new InvalidOperationException($"'{fault.Find}' is not once in {fault.File}; {nameof(NamedFault)} has to follow.");
            var node = root.FindNode(new TextSpan(at, fault.Find.Length), getInnermostNodeForTie: true);
            return (node.AncestorsAndSelf().First(n => fault.Replace.Length > 0 ? n is ExpressionSyntax : n is StatementSyntax), fault);
        })];
    }

    private sealed class Planter(
        Schemata all, string file, (SyntaxNode Node, NamedFault Fault)[] named, SemanticModel model, int number) : CSharpSyntaxRewriter
    {
        private readonly string _room = file.Split('/')[0];

        public int Number { get; private set; } = number;

        public override SyntaxNode? Visit(SyntaxNode? node)
        {
            if (node is ExpressionSyntax expression)
            {
                (ExpressionSyntax Other, string? Name)[] others =
                [
                    .. all._rooms.Contains(_room) ? Rules.Of(expression, model).Select(other => (other, (string?)null)) : [],
                    .. Faults(node).Select(fault => (ParseExpression(node.ToString().Replace(fault.Find, fault.Replace)), fault.Name)),
                ];
                if (others.Length == 0) return base.Visit(node);
                var ids = others.Select(o => (Next(expression, o.Other.NormalizeWhitespace().ToString(), o.Name), o.Other)).ToArray();
                var planted = ((ExpressionSyntax)base.Visit(node)!).WithoutTrivia();
                foreach (var (id, other) in ids)
                    if (id is { } on)
                        planted = ParenthesizedExpression(ConditionalExpression(Is(on), ParenthesizedExpression(other.WithoutTrivia()),
                            ParenthesizedExpression(planted))).WithAdditionalAnnotations(new SyntaxAnnotation(Mark, $"{on}"));
                return planted.WithTriviaFrom(expression);
            }
            if (node is ExpressionStatementSyntax statement && Rules.CanBeLeftOut(statement))
            {
                var id = Next(statement, "", Faults(node).FirstOrDefault()?.Name);
                var planted = (StatementSyntax)base.Visit(node)!;
                return id is not { } on ? planted
                    : IfStatement(PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, Is(on)), Block(planted))
                        .WithAdditionalAnnotations(new SyntaxAnnotation(Mark, $"{on} {Leaving}"));
            }
            return base.Visit(node);
        }

        private IEnumerable<NamedFault> Faults(SyntaxNode node) => named.Where(n => n.Node == node).Select(n => n.Fault);

        private int? Next(SyntaxNode node, string changed, string? name)
        {
            var id = ++Number;
            if (all._broken.Contains(id)) return null;
            var line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            all._mutants[id] = new Mutant(
                id, _room, $"{file}:{line}", OneLine(node.ToString()), changed.Length == 0 ? "(left out)" : OneLine(changed), name);
            return id;
        }

        private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        private static InvocationExpressionSyntax Is(int id) => InvocationExpression(ParseExpression("global::PentimentoMutant.Is"),
            ArgumentList(SingletonSeparatedList(Argument(
                LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(id))))));
    }

    private const string Switch = """
        internal static class PentimentoMutant
        {
            private static readonly int s_on = int.Parse(System.Environment.GetEnvironmentVariable("PENTIMENTO_MUTANT") ?? "0");
            private static readonly bool[] s_reached = Watched();

            public static bool Is(int mutant)
            {
                if (s_reached is not null) s_reached[mutant] = true;
                return mutant == s_on;
            }

            private static bool[] Watched()
            {
                if (System.Environment.GetEnvironmentVariable("PENTIMENTO_REACHED") is not { } path) return null;
                var reached = new bool[COUNT];
                System.AppDomain.CurrentDomain.ProcessExit += (_, _) =>
                    System.IO.File.WriteAllText($"{path}.{System.Environment.ProcessId}", string.Join(",",
                        System.Linq.Enumerable.Where(System.Linq.Enumerable.Range(0, reached.Length), i => reached[i])));
                return reached;
            }
        }
        """;
}
