using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pentimento.Benchmarks;

/// <summary>
/// What a good PyTorch or TorchSharp tutorial does: the library's own modules and optimizer, images in one tensor, a shuffled
/// index, noise with randn, the loss read every step.
/// </summary>
internal static class PlainLoop
{
    public static Module<Tensor, Tensor> Network(Job job)
    {
        int c = job.Channels, a = 16, b = c == 1 ? 8 : 64;
        var pixels = c * job.Side * job.Side;
        return job switch
        {
            { Model: "model 1", Side: 28 } => Sequential(
                Flatten(), Linear(pixels, 64), ReLU(), Linear(64, pixels), Sigmoid(), Unflatten(1, [c, job.Side, job.Side])),
            { Model: "model 1" } => Sequential(
                Flatten(), Linear(pixels, 300), ReLU(), Linear(300, 300), ReLU(),
                Linear(300, 300), ReLU(), Linear(300, pixels), Sigmoid(), Unflatten(1, [c, job.Side, job.Side])),
            { Model: "model 2 with ReLU" } => Sequential(
                Conv2d(c, a, 3, padding: 1), BatchNorm2d(a), ReLU(), Conv2d(a, b, 3, padding: 1), BatchNorm2d(b), ReLU(),
                ConvTranspose2d(b, b, 3, padding: 1), BatchNorm2d(b), ReLU(),
                ConvTranspose2d(b, a, 3, padding: 1), BatchNorm2d(a), ReLU(), Conv2d(a, c, 3, padding: 1)),
            _ => Sequential(
                Conv2d(c, a, 3, padding: 1), BatchNorm2d(a), Conv2d(a, b, 3, padding: 1), BatchNorm2d(b),
                ConvTranspose2d(b, b, 3, padding: 1), BatchNorm2d(b),
                ConvTranspose2d(b, a, 3, padding: 1), BatchNorm2d(a), Conv2d(a, c, 3, padding: 1)),
        };
    }

    public sealed class Training(Job job) : Workload
    {
        private readonly Module<Tensor, Tensor> _network = Network(job);
        private readonly Tensor _images = Images.Random(job, Images.Count(job)).DetachFromDisposeScope();
        private Tensor? _order;
        private int _next;
        private optim.Optimizer? _adam;

        public override int BatchSize => job.BatchSize;

        /// <summary>The last loss, so that reading it cannot be left out.</summary>
        public float Loss { get; private set; }

        public override void Run(int steps)
        {
            _network.train();
            _adam ??= optim.Adam(_network.parameters(), 1e-3);
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                var clean = NextBatch();
                var input = job.Noise is { } factor ? (clean + factor * randn_like(clean)).clamp(0, 1) : clean;
                _adam.zero_grad();
                var loss = functional.mse_loss(_network.forward(input), clean);
                loss.backward();
                _adam.step();
                Loss = loss.item<float>();
            }
        }

        private Tensor NextBatch()
        {
            if (_order is null || _next + BatchSize > _order.shape[0])
            {
                _order?.Dispose();
                _order = randperm(_images.shape[0]).DetachFromDisposeScope();
                _next = 0;
            }
            _next += BatchSize;
            return _images.index_select(0, _order.narrow(0, _next - BatchSize, BatchSize));
        }
    }

    public sealed class Inference : Workload
    {
        private readonly Module<Tensor, Tensor> _network;
        private readonly Tensor _images;

        public Inference(Job job)
        {
            (_network, BatchSize) = (Network(job), job.BatchSize);
            _images = Images.Random(job, BatchSize);
            _network.eval();
        }

        public override int BatchSize { get; }

        public override void Run(int steps)
        {
            using var noGradient = no_grad();
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                _network.forward(_images);
            }
        }
    }
}
