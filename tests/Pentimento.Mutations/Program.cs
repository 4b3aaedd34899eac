using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Pentimento.Mutations;

// Small faults, planted one at a time beside the tests of their room: how many do these notice?
//   dotnet run -c Release --project tests/Pentimento.Mutations -- [--named] [--rooms A,B] [--sample 40] [--seed 14] [--again]
// --named tries the faults of NamedFaults.cs instead of a sample, --again once more those that were not noticed. Findings are kept
// in artifacts/mutations/ (or --work DIR); a run that was stopped goes on there.
string[] everyRoom = ["Metrics", "Imaging", "Models", "Training", "Detection", "Auditing", "Runs", "Files"];
string Option(string name, string otherwise) =>
    Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : otherwise;
var rooms = Option("--rooms", string.Join(',', everyRoom)).Split(',');
var (sample, seed) = (int.Parse(Option("--sample", "40")), int.Parse(Option("--seed", "14")));
if (rooms.Except(everyRoom).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no room '{unknown}'; it has to be one of {string.Join(", ", everyRoom)}.");
    return 2;
}

var root = Root();
var work = Path.GetFullPath(Option("--work", Path.Combine(root, "artifacts/mutations")));
Directory.CreateDirectory(work);
var built = Path.Combine(root, "tests/Pentimento.Tests/bin/Debug/net10.0");
if (!File.Exists(Path.Combine(built, "Pentimento.Tests.dll")))
{
    Console.Error.WriteLine("The tests are not built; run 'dotnet build tests/Pentimento.Tests' first.");
    return 2;
}
var program = new TestProgram(built, work);
var source = Path.Combine(root, "src/Pentimento");
Console.WriteLine("Planting…");
var mutants = new Schemata(Library.Of(Path.Combine(source, "Pentimento.csproj")), source, everyRoom)
    .Write(program.Library, Path.Combine(work, "left-out.txt"));
if (NamedFault.All.FirstOrDefault(fault => mutants.All(m => m.Name != fault.Name)) is { } lost)
{
    Console.Error.WriteLine(
        $"'{lost.Name}' cannot be planted in {lost.File}: it is no expression or call of its own, or does not compile.");
    return 2;
}
if (args.Contains("--named"))
    rooms = [.. mutants.Where(m => m.Name is not null).Select(m => m.Room).Distinct()];
foreach (var room in rooms)
    Console.WriteLine($"  {room}: {mutants.Count(m => m.Room == room)} mutants");

var survey = new Survey(program);
var survivors = 0;
foreach (var room in rooms)
{
    var path = Path.Combine(work, args.Contains("--named") ? "named.jsonl" : $"{room}.jsonl");
    Mutant[] all = [.. mutants.Where(m => m.Room == room && m.Name is not null == args.Contains("--named")).DistinctBy(m => m.Key)];
    new Random(seed).Shuffle(all); // the sample is the start of an order, so that a larger one holds a smaller one
    Mutant[] chosen = [.. all.Take(sample)];
    var known = Survey.Read(path).GroupBy(f => f.Key).ToDictionary(f => f.Key, f => f.Last());
    Mutant[] open = [.. chosen.Where(m => !known.TryGetValue(m.Key, out var f) || args.Contains("--again") && !f.Noticed)];
    if (open.Length > 0) survey.Watch(room);
    foreach (var mutant in open)
    {
        var finding = known[mutant.Key] = survey.Test(mutant);
        File.AppendAllText(path, JsonSerializer.Serialize(finding) + "\n");
        Console.WriteLine($"{finding.Outcome,-12} {finding.Seconds,6:F1} s  {finding.Key}  {finding.By}");
    }
    survivors += chosen.Count(m => !known[m.Key].Noticed);
    var noticed = chosen.Count(m => known[m.Key].Noticed);
    var (lower, upper) = Wilson(noticed, chosen.Length);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== {room}: {noticed} of {chosen.Length} noticed, " +
        $"{100.0 * noticed / chosen.Length:F0} % (95 %: {100 * lower:F0} to {100 * upper:F0} %), of {all.Length} mutants, seed {seed}"));
    foreach (var mutant in chosen.Where(m => !known[m.Key].Noticed)) Console.WriteLine($"   {known[mutant.Key].Outcome}: {mutant.Key}");
}
return args.Contains("--named") && survivors > 0 ? 1 : 0;

static (double Lower, double Upper) Wilson(int hits, int count)
{
    const double z = 1.959963984540054;
    double p = (double)hits / count, centre = p + z * z / (2 * count);
    var half = z * Math.Sqrt(p * (1 - p) / count + z * z / (4.0 * count * count));
    return ((centre - half) / (1 + z * z / count), (centre + half) / (1 + z * z / count));
}

static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "../../.."));
