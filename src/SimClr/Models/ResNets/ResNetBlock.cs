namespace SimClr.Models;

/// <summary>A residual block, x ↦ ReLU(F(x) + shortcut(x)).</summary>
/// <param name="Name">Its state-dict name, for example <c>layer2.0</c>.</param>
/// <param name="Convolutions">F: two convolutions, or three in a bottleneck block, with a ReLU after each except the last.</param>
/// <param name="Selection">The selection after the second to last convolution; null without selective kernels.</param>
/// <param name="Shortcut">A 1×1 convolution; null for the identity.</param>
/// <param name="ShortcutPooling">The stride of the 2×2 average before the shortcut's convolution (ResNet-D); 0 for none.</param>
public sealed record ResNetBlock(string Name, IReadOnlyList<ResNetConvolution> Convolutions, ResNetSelection? Selection,
    ResNetConvolution? Shortcut, int ShortcutPooling)
{
    /// <summary>All convolutions in the order in which Google's <c>resnet.py</c> makes them: the shortcut first.</summary>
    public IEnumerable<ResNetConvolution> All =>
        [.. Shortcut is null ? (ResNetConvolution[])[] : [Shortcut], .. Convolutions.SkipLast(1),
            .. Selection is null ? (ResNetConvolution[])[] : [Selection.Reduce, Selection.Expand], Convolutions[^1]];
}
