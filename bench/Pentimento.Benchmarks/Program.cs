using Pentimento.Benchmarks;

// Side by side in one run: the plain loop, Pentimento in each precision, ONNX Runtime. Writes DIR/benchmarks.md and .json.
//   dotnet run -c Release --project bench/Pentimento.Benchmarks -- [DIR] [ROUNDS] [SECONDS A ROUND]
if (args is ["worker", var name])
{
    Worker.Serve(Workloads.Create(name));
    return 0;
}
if (args is ["memory-bank", .. var more])
{
    BankBenchmark.Run(more); // [PATCHES [WEIGHTS PICTURES]]
    return 0;
}
var folder = args.ElementAtOrDefault(0) ?? ".";
var rounds = int.Parse(args.ElementAtOrDefault(1) ?? "7");
var seconds = double.Parse(args.ElementAtOrDefault(2) ?? "1.5", System.Globalization.CultureInfo.InvariantCulture);
Report report = new(rounds, seconds);
foreach (var job in new Job[] { new("model 1", 28), new("model 2", 28), new("model 3", 28) })
    report.Add("Training", "train", job, "plain", "float32", "bf16", "auto");
foreach (var job in new Job[] { new("model 1", 256), new("model 2", 256), new("model 3", 256) })
    report.Add("Training", "train", job, "plain", "float32", "bf16");
foreach (var side in new[] { 28, 256 })
    foreach (var model in new[] { "model 1", "model 2", "model 3", "model 2 with ReLU" })
        report.Add("Inference", "infer", new Job(model, side), "plain", "float32", "bf16", "onnx");
report.AddCeilings();
foreach (var job in new Job[] { new("model 1", 28), new("model 2", 256) }) report.AddLoading(job);
report.AddStartUp();
report.AddQuality();
report.Write(folder);
return 0;
