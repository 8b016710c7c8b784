using SimClr.Images;

namespace SimClr.Views;

/// <summary>The rendering of views on registers of one size.</summary>
internal interface IViewPipeline
{
    /// <summary>Renders a checked view; see <see cref="CpuViewRenderer"/>.</summary>
    void Render(DecodedImage image, in ViewParameters view, Span<float> destination);
}
