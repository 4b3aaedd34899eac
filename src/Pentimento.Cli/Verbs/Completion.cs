using System.CommandLine;

namespace Pentimento.Cli.Verbs;

/// <summary><c>pentimento completion</c>: scripts that ask the command itself what may come next.</summary>
internal static class Completion
{
    private static readonly (string Shell, string Script)[] s_scripts =
    [
        ("bash", """
            _pentimento() {
                local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}"
                line="${line#* }"
                COMPREPLY=($(compgen -W "$(pentimento "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _pentimento pentimento
            """),
        ("zsh", """
            _pentimento() {
                local line="${LBUFFER#* }"
                local -a next
                next=("${(@f)$(pentimento "[suggest:${#line}]" "$line" 2>/dev/null)}")
                [[ -n "${next[1]}" ]] && compadd -a next
                _files
            }
            compdef _pentimento pentimento
            """),
        ("fish", """
            function __pentimento
                set -l line (string replace -r '^\S+\s' '' -- (commandline -cp))
                pentimento "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c pentimento -a '(__pentimento)'
            """),
    ];

    public static Command Create(Session session)
    {
        var verb = new Verb("completion", "Print a script that completes this command in a shell.");
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. s_scripts.Select(s => s.Shell)]);
        verb.Arguments.Add(shell);
        verb.Example("source <(pentimento completion bash)", "in ~/.bashrc");
        verb.Example("pentimento completion fish > ~/.config/fish/completions/pentimento.fish");
        verb.SetAction(parsed =>
        {
            session.Terminal.Output.WriteLine(s_scripts.First(s => s.Shell == parsed.GetValue(shell)).Script);
            return ExitCode.Done;
        });
        return verb;
    }
}
