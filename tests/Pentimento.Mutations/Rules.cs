using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Pentimento.Mutations;

/// <summary>The small faults: what an expression may be mistaken for.</summary>
internal static class Rules
{
    private static readonly Dictionary<SyntaxKind, SyntaxKind> s_operators = new()
    {
        [SyntaxKind.LessThanExpression] = SyntaxKind.LessThanOrEqualExpression,
        [SyntaxKind.LessThanOrEqualExpression] = SyntaxKind.LessThanExpression,
        [SyntaxKind.GreaterThanExpression] = SyntaxKind.GreaterThanOrEqualExpression,
        [SyntaxKind.GreaterThanOrEqualExpression] = SyntaxKind.GreaterThanExpression,
        [SyntaxKind.EqualsExpression] = SyntaxKind.NotEqualsExpression,
        [SyntaxKind.NotEqualsExpression] = SyntaxKind.EqualsExpression,
        [SyntaxKind.LogicalAndExpression] = SyntaxKind.LogicalOrExpression,
        [SyntaxKind.LogicalOrExpression] = SyntaxKind.LogicalAndExpression,
        [SyntaxKind.AddExpression] = SyntaxKind.SubtractExpression,
        [SyntaxKind.SubtractExpression] = SyntaxKind.AddExpression,
        [SyntaxKind.MultiplyExpression] = SyntaxKind.DivideExpression,
        [SyntaxKind.DivideExpression] = SyntaxKind.MultiplyExpression,
        [SyntaxKind.ModuloExpression] = SyntaxKind.MultiplyExpression,
        [SyntaxKind.LeftShiftExpression] = SyntaxKind.RightShiftExpression,
        [SyntaxKind.RightShiftExpression] = SyntaxKind.LeftShiftExpression,
        [SyntaxKind.BitwiseAndExpression] = SyntaxKind.BitwiseOrExpression,
        [SyntaxKind.BitwiseOrExpression] = SyntaxKind.BitwiseAndExpression,
        [SyntaxKind.AddAssignmentExpression] = SyntaxKind.SubtractAssignmentExpression,
        [SyntaxKind.SubtractAssignmentExpression] = SyntaxKind.AddAssignmentExpression,
        [SyntaxKind.MultiplyAssignmentExpression] = SyntaxKind.DivideAssignmentExpression,
        [SyntaxKind.DivideAssignmentExpression] = SyntaxKind.MultiplyAssignmentExpression,
    };

    private static readonly Dictionary<string, string> s_calls = Both(
        ("Min", "Max"), ("min", "max"), ("Any", "All"), ("First", "Last"), ("FirstOrDefault", "LastOrDefault"),
        ("OrderBy", "OrderByDescending"), ("Order", "OrderDescending"), ("MinBy", "MaxBy"), ("Floor", "Ceiling"), ("Skip", "Take"),
        ("add", "sub"), ("add_", "sub_"), ("mul", "div"), ("mul_", "div_"), ("ge", "gt"), ("le", "lt"), ("eq", "ne"),
        ("zeros", "ones"), ("zeros_like", "ones_like"), ("logical_and", "logical_or"));

    private static readonly Dictionary<string, string> s_oneWay = new()
    {
        ["Round"] = "Floor",
        ["round"] = "floor",
        ["mean"] = "sum",
        ["sqrt"] = "square",
        ["square"] = "abs",
        ["Average"] = "Sum",
    };

    private static readonly HashSet<string> s_leftOut =
    [
        "Abs", "abs", "Sqrt", "Clamp", "clamp", "clamp_min", "clamp_max", "Distinct", "Reverse", "ToLowerInvariant", "clone", "detach",
    ];

    /// <summary>What may stand in an expression's place.</summary>
    public static IEnumerable<ExpressionSyntax> Of(ExpressionSyntax node, SemanticModel model)
    {
        if (!CanStandTwice(node) || IsConstantOrText(node)) yield break;
        if (s_operators.TryGetValue(node.Kind(), out var other) && !IsText(node, model))
            yield return node switch
            {
                BinaryExpressionSyntax b when IsLimit(b, model) => Not(b),
                BinaryExpressionSyntax b => BinaryExpression(other, b.Left, b.Right),
                _ => AssignmentExpression(other, ((AssignmentExpressionSyntax)node).Left, ((AssignmentExpressionSyntax)node).Right),
            };
        if (IsCondition(node) && !(node is BinaryExpressionSyntax limit && IsLimit(limit, model))) yield return Not(node);
        switch (node)
        {
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression or (int)SyntaxKind.UnaryMinusExpression } p:
                yield return p.Operand;
                break;
            case IsPatternExpressionSyntax when !IsCondition(node):
                yield return Not(node);
                break;
            case LiteralExpressionSyntax literal when Literal(literal) is { } changed:
                yield return changed;
                break;
            case InvocationExpressionSyntax call:
                foreach (var changed in Calls(call)) yield return changed;
                break;
            case IdentifierNameSyntax name when IsOwnConstant(name, model) is { } type:
                yield return type.SpecialType is SpecialType.System_Double or SpecialType.System_Single
                    ? BinaryExpression(SyntaxKind.MultiplyExpression, name, Number(2))
                    : BinaryExpression(SyntaxKind.AddExpression, name, Number(1));
                break;
        }
    }

    /// <summary>Whether a statement may be left out: a call, or a change of what outlives the method.</summary>
    public static bool CanBeLeftOut(ExpressionStatementSyntax statement) => statement.Expression switch
    {
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Dispose" } } => false,
        InvocationExpressionSyntax call => CanStandTwice(call),
        AssignmentExpressionSyntax a => a.Left is not (TupleExpressionSyntax or DeclarationExpressionSyntax)
            && (a.Left is not IdentifierNameSyntax || !a.IsKind(SyntaxKind.SimpleAssignmentExpression)) && CanStandTwice(a),
        _ => false,
    };

    private static IEnumerable<ExpressionSyntax> Calls(InvocationExpressionSyntax call)
    {
        var name = call.Expression switch
        {
            MemberAccessExpressionSyntax member => member.Name.Identifier.Text,
            IdentifierNameSyntax simple => simple.Identifier.Text,
            _ => "",
        };
        if (s_calls.TryGetValue(name, out var other) || s_oneWay.TryGetValue(name, out other)) yield return Renamed(call, other);
        if (!s_leftOut.Contains(name) || call.Expression is not MemberAccessExpressionSyntax { Expression: var of }) yield break;
        yield return of is IdentifierNameSyntax { Identifier.Text: "Math" or "MathF" } ? call.ArgumentList.Arguments[0].Expression : of;
    }

    private static InvocationExpressionSyntax Renamed(InvocationExpressionSyntax call, string name) => call.Expression switch
    {
        MemberAccessExpressionSyntax { Name: IdentifierNameSyntax } member => call.WithExpression(member.WithName(IdentifierName(name))),
        MemberAccessExpressionSyntax { Name: GenericNameSyntax generic } member =>
            call.WithExpression(member.WithName(generic.WithIdentifier(Identifier(name)))),
        _ => call.WithExpression(IdentifierName(name)),
    };

    private static LiteralExpressionSyntax? Literal(LiteralExpressionSyntax literal) => literal.Token.Value switch
    {
        true => LiteralExpression(SyntaxKind.FalseLiteralExpression),
        false => LiteralExpression(SyntaxKind.TrueLiteralExpression),
        int n => Number(n + 1),
        long n => LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(n + 1)),
        double d => LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(d == 0 ? 1 : 2 * d)),
        float f => LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(f == 0 ? 1 : 2 * f)),
        _ => null,
    };

    private static LiteralExpressionSyntax Number(int value) =>
        LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(value.ToString(CultureInfo.InvariantCulture), value));

    private static PrefixUnaryExpressionSyntax Not(ExpressionSyntax node) =>
        PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, ParenthesizedExpression(node));

    private static bool IsCondition(ExpressionSyntax node) =>
        node.Parent is IfStatementSyntax i && i.Condition == node || node.Parent is ConditionalExpressionSyntax c && c.Condition == node;

    /// <summary>
    /// Whether a measured number is compared with a limit: it is never equal to it, and a limit that counts or does not is no fault
    /// that could be noticed. Between two measured numbers there are ties.
    /// </summary>
    private static bool IsLimit(BinaryExpressionSyntax node, SemanticModel model) =>
        node.Kind() is SyntaxKind.LessThanExpression or SyntaxKind.LessThanOrEqualExpression
            or SyntaxKind.GreaterThanExpression or SyntaxKind.GreaterThanOrEqualExpression
        && model.GetTypeInfo(node.Left).ConvertedType?.SpecialType is SpecialType.System_Double or SpecialType.System_Single
        && node.DescendantNodes().OfType<ExpressionSyntax>().Any(n => model.GetConstantValue(n).HasValue);

    private static bool IsText(ExpressionSyntax node, SemanticModel model) =>
        model.GetTypeInfo(node).Type is { SpecialType: SpecialType.System_String };

    private static ITypeSymbol? IsOwnConstant(IdentifierNameSyntax name, SemanticModel model) =>
        name.Parent is not (MemberAccessExpressionSyntax or QualifiedNameSyntax or NameColonSyntax)
        && model.GetSymbolInfo(name).Symbol is IFieldSymbol { IsConst: true, Locations: [{ IsInSource: true }, ..] } field
        && field.ContainingType.TypeKind != TypeKind.Enum
        && field.Type.SpecialType is SpecialType.System_Double or SpecialType.System_Single or SpecialType.System_Int32
            or SpecialType.System_Int64
            ? field.Type : null;

    /// <summary>Not what declares or assigns variables that code after it reads: the compiler would miss them.</summary>
    private static bool CanStandTwice(SyntaxNode node) => !node.DescendantNodesAndSelf().Any(n =>
        n is DeclarationExpressionSyntax or SingleVariableDesignationSyntax or LambdaExpressionSyntax { Block: not null }
        || n is MemberBindingExpressionSyntax or ElementBindingExpressionSyntax && IsBoundOutside(n, node)
        || n is ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.OutKeyword or (int)SyntaxKind.RefKeyword });

    /// <summary>Whether it is the ".b" of an "a?.b" that is only in part within a node: no expression by itself.</summary>
    private static bool IsBoundOutside(SyntaxNode binding, SyntaxNode node) =>
        !node.Span.Contains(binding.Ancestors().OfType<ConditionalAccessExpressionSyntax>()
            .First(access => access.WhenNotNull.Span.Contains(binding.Span)).Span);

    /// <summary>Where only constants may stand, and the words of errors and messages.</summary>
    private static bool IsConstantOrText(SyntaxNode node) => node.Ancestors().Any(a => a is AttributeSyntax or PatternSyntax
        or SwitchLabelSyntax or InterpolatedStringExpressionSyntax or ThrowStatementSyntax or ThrowExpressionSyntax or ParameterSyntax
        or EnumMemberDeclarationSyntax
        || a is FieldDeclarationSyntax f && f.Modifiers.Any(SyntaxKind.ConstKeyword)
        || a is LocalDeclarationStatementSyntax { IsConst: true });

    private static Dictionary<string, string> Both(params (string A, string B)[] pairs) =>
        pairs.SelectMany(p => new[] { (p.A, p.B), (p.B, p.A) }).ToDictionary(p => p.Item1, p => p.Item2);
}
