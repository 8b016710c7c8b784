using SimClr.Images;

namespace SimClr.Views;

/// <summary>Renders views with registers of one size.</summary>
internal interface IViewPipeline
{
    /// <summary>Renders a checked view; see <see cref="CpuViewRenderer"/>.</summary>
    void Render(DecodedImage image, in ViewParameters view, Span<float> destination);
}
