using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pentimento.Export;
using Pentimento.Files;
using Pentimento.Models;
using Pentimento.Reports;
using Pentimento.Runs;
using Pentimento.Training;

namespace Pentimento.Experiments;

/// <summary>What every experiment writes into its folder and tells the run store, whatever it trains.</summary>
/// <param name="Run">Its entry in the store.</param>
/// <param name="Folder">Where the files go.</param>
/// <param name="Options">What it does.</param>
/// <param name="Data">Its images.</param>
/// <param name="Command">The command line that does it again.</param>
/// <param name="Time">The clock.</param>
internal sealed record ExperimentFiles(
    Run Run, string Folder, ExperimentOptions Options, ExperimentData Data, string Command, TimeProvider Time)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Writes the options; the store then knows the folder, from the first moment on.</summary>
    /// <param name="options">As they were settled.</param>
    /// <param name="from">What is known of the model that it starts from, or null.</param>
    public void SaveOptions(ExperimentOptions options, JsonNode? from = null)
    {
        var description = new JsonObject { ["run"] = Run.Id, ["options"] = JsonNode.Parse(options.ToJson()) };
        if (from is not null) description["from"] = from.DeepClone();
        var path = Path.Combine(Folder, Experiment.OptionsName);
        AtomicFile.WriteText(path, description.ToJsonString(s_indented));
        Run.AddArtefact("options", path);
    }

    /// <summary>Of a model's training: the labels that were normal, empty where all were.</summary>
    public const string NormalLabelsFact = "normalLabels";

    /// <summary>Writes the model with the facts of its training.</summary>
    /// <returns>Its path.</returns>
    public string SaveModel(ModelBundle model)
    {
        var facts = model.Training;
        facts["run"] = Run.Id;
        facts["date"] = Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        facts["command"] = Command;
        facts["seed"] = Options.Training.Seed;
        facts["data"] = Data.Images.Source.Name;
        facts["fingerprint"] = Data.Images.Fingerprint;
        facts["options"] = JsonNode.Parse(Options.ToJson());
        if (!Options.Private) facts[NormalLabelsFact] = new JsonArray([.. Data.Normal.Labels.Select(label => JsonValue.Create(label))]);
        if (Options.Private) TrainingFacts.RemoveNames(facts);
        model.Parts[Experiment.SplitPart] = JsonSerializer.SerializeToUtf8Bytes(Data.Split);
        var path = Path.Combine(Folder, Experiment.ModelName);
        model.Save(path);
        Run.AddArtefact("model", path);
        return path;
    }

    /// <summary>Writes the model's card.</summary>
    public void SaveCard(ModelBundle model, EvaluationResult? evaluation)
    {
        var (title, of) = Options.Private ? (Experiment.Title(Options.Task, "pictures"), "")
            : (Experiment.Title(Options.Task, Data.Images.Source.Name), $" of {evaluation?.Data}");
        AtomicFile.WriteText(Path.Combine(Folder, Experiment.CardName), ModelCard.Markdown(
            model, $"{title} ({Run.Id})", [.. evaluation?.Figures.Select(f => (f.Name, f.Value, f.Lower, f.Upper)) ?? []],
            evaluation is null ? null : $"{evaluation.Images:N0} images{of} that were held out"));
    }

    /// <summary>What the report says besides the results.</summary>
    public ReportContext Context(IReadOnlyList<EpochRecord> epochs) => new(
        Experiment.Title(Options.Task, Data.Images.Source.Name), Options.Describe(),
        new ReportOrigin(RunVersions.Current.Pentimento, Time.GetLocalNow(), Options.Training.Seed, Command), epochs);

    /// <summary>Writes report and figures.</summary>
    /// <returns>The report's path; null where nothing was measured.</returns>
    public string? SaveReport(EvaluationResult? evaluation)
    {
        if (evaluation is null) return null;
        var path = Path.Combine(Folder, Experiment.ReportName);
        evaluation.Page.Save(path);
        AtomicFile.WriteText(Path.Combine(Folder, Experiment.EvaluationName), evaluation.ToJson());
        Run.AddArtefact("report", path);
        return path;
    }
}
