namespace SimClr.Views;

/// <summary>The rendering of views on registers of one size.</summary>
internal interface IViewPipeline
{
    /// <summary>Renders a checked view; see <see cref="CpuViewRenderer.Render"/>.</summary>
    void Render(RgbImage image, in ViewParameters view, Span<float> destination);
}
