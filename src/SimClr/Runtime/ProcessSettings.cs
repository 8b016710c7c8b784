namespace SimClr.Runtime;

/// <summary>
/// Settings of the whole process that speed up training. A program asks for them; the library never does. A process that also does other
/// work leaves them out, and its steps take longer (docs/log.md has the figures).
/// </summary>
/// <remarks>
/// The library changes the following outside its own objects. On request: these settings and <see cref="Machine.Prepare"/>, and
/// <see cref="Images.ImageDecoder.MaxPixels"/>, which only its caller sets. Always: where TorchSharp's native libraries are looked for
/// (<see cref="LibTorch"/>), which TorchSharp needs. During a step, and restored after it: cuDNN's choice by timing, the precision of
/// products, and autocast.
/// </remarks>
public static class ProcessSettings
{
    /// <summary>
    /// Makes OpenMP's workers sleep while they wait, and on Windows leaves Ctrl+C to the program, which OpenMP would end at once. Call it
    /// before <see cref="LibTorch.Load"/>, because OpenMP reads its settings when it is loaded. A value that is already set stays, of
    /// <c>OMP_WAIT_POLICY</c> and of <c>FOR_DISABLE_CONSOLE_CTRL_HANDLER</c>. Any thread may call it, any number of times.
    /// </summary>
    public static void ForTraining()
    {
        foreach (var (name, value) in HostProcess.Current.TrainingVariables) HostProcess.Current.SetVariable(name, value);
    }
}
