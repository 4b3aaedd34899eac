using Pentimento.Tests.Detection;

namespace Pentimento.Tests.Inference;

/// <summary>A program that ends one thread's model while others use it.</summary>
public sealed class DisposedInUseTests
{
    [Theory]
    [InlineData("descriptors")]
    [InlineData("patchcore")]
    [InlineData("reconstruction")]
    public async Task A_detector_that_is_disposed_of_in_use_finishes_what_it_does_and_refuses_the_rest(string name)
    {
        var detector = name == "reconstruction" ? TestModels.Detector() : SmallSets.Fitted(name);
        var pictures = SmallSets.Pictures(3);
        await DisposeInUse(detector, i => detector.Detect(pictures[i % 3]));
        Assert.Throws<ObjectDisposedException>(() => detector.AnomalyMap(pictures[0]));
        Assert.Throws<ObjectDisposedException>(() => detector.Judge(detector.Preprocessing.Apply(pictures[0]), out _));
    }

    [Fact]
    public async Task A_denoiser_that_is_disposed_of_in_use_finishes_what_it_does_and_refuses_the_rest()
    {
        var denoiser = TestModels.Denoiser(3);
        var picture = TestModels.Noise(3, 40, 50);
        await DisposeInUse(denoiser, _ => denoiser.Denoise(picture, cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => denoiser.Denoise(picture, cancellation: TestContext.Current.CancellationToken));
    }

    private static async Task DisposeInUse(IDisposable model, Action<int> use)
    {
        using var begun = new CountdownEvent(2);
        var users = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            use(0);
            begun.Signal();
            // Whatever else comes out of it fails the test.
            Assert.Throws<ObjectDisposedException>(() =>
            {
                for (var i = 0; i < 1_000_000; i++) use(i);
            });
        })).ToArray();
        begun.Wait(TestContext.Current.CancellationToken);
        model.Dispose();
        model.Dispose(); // again does nothing
        await Task.WhenAll(users);
    }
}
