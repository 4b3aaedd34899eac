using System.Globalization;
using Pentimento.Fuzz;

// Mutates valid files of every kind that is read, and looks how each reader ends: well, or in one line of a documented exception,
// within the time and the memory of Watch. What does not is written to a folder, to be repeated.
//   dotnet run -c Release --project bench/Pentimento.Fuzz -- [--seconds 60] [--cases 12000] [--seed 1] [--only png] [--findings DIR]
//   dotnet run -c Release --project bench/Pentimento.Fuzz -- --repeat FILE
string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
int Number(string name, int standard) => Value(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

var (seed, only) = (Number("--seed", 1), Value("--only"));
if (Value("--child") is { } folder) return Child.Run(folder, seed, Number("--from", 0), only);
if (Value("--repeat") is { } file) return Child.Repeat(file);
return Watch.Run(
    seed, TimeSpan.FromSeconds(Number("--seconds", 60)), Number("--cases", int.MaxValue), only, Value("--findings") ?? "fuzz-findings");
