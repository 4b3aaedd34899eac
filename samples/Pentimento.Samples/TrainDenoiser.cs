using Pentimento.Data;
using Pentimento.Imaging;
using Pentimento.Models;
using Pentimento.Training;

namespace Pentimento.Samples;

public static class TrainDenoiser
{
    public static void Run(string folder, string model, int epochs)
    {
        using var images = ImageDataset.Open(folder, new ImageDatasetOptions { Preprocessing = new() { Resize = 64, Crop = 64 } });
        DataSplit split = DataSplit.Create(images.Items);

        Network network = Architectures.Create("convolutional", images.Shape);
        network.Initialise(seed: 42);
        var options = new TrainingOptions { Epochs = epochs, BatchSize = 16, Noise = new GaussianNoise(0.2) };
        TrainingResult result = new Trainer(network, new TrainingData(images, split.Train, split.Validation), options).Run();
        Console.WriteLine($"validation loss {result.Epochs[^1].ValidationLoss:F5}");

        using var bundle = new ModelBundle(ModelTask.Denoise, network, images.Preprocessing);
        bundle.Save(model);
    }
}
