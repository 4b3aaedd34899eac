using Pentimento.Benchmarks;
using Pentimento.Models;
using Pentimento.Training;

Architectures.Register<ConvolutionalWithRelu>();
if (args is ["worker", var name])
{
    var parts = name.Split('|');
    var job = new Job(parts[2], int.Parse(parts[3]));
    Worker.Serve((parts[0], parts[1]) switch
    {
        ("train", "plain") => new PlainLoop.Training(job),
        ("train", "float32") => new PentimentoTraining(job, Precision.Float32),
        ("train", "bf16") => new PentimentoTraining(job, Precision.BFloat16),
        _ => new PlainLoop.Inference(job),
    });
    return;
}
foreach (var job in new[] { "model 1|28", "model 2|28", "model 2|256" }.Where(j => args.Length == 0 || args.Contains(j)))
{
    string[] names = ["train|plain|" + job, "train|float32|" + job, "train|bf16|" + job];
    var workers = names.Select(n => new Worker(n)).ToArray();
    foreach (var w in workers) w.Next(1.5);
    var rounds = names.Select(_ => new List<double>()).ToArray();
    for (int r = 0; r < 5; r++) for (int i = 0; i < names.Length; i++) { var x = workers[i].Next(1.5); rounds[i].Add(x.Images / x.Seconds); if (r == 4) Console.WriteLine($"{x.ResidentBytes >> 20} MiB"); }
    for (int i = 0; i < names.Length; i++) { rounds[i].Sort(); Console.WriteLine($"{names[i]}: {rounds[i][2]:F1} ({rounds[i][0]:F1}–{rounds[i][4]:F1})  ×{rounds[i][2] / rounds[0][2]:F2}"); }
    foreach (var w in workers) w.Dispose();
}
