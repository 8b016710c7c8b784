using SimClr.Images;

namespace SimClr.Onnx;

/// <summary>An image that is decoded when its turn comes.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Decode">Decodes it; the buffer may hold the pixels.</param>
internal readonly record struct ImageInput(string Name, Func<DecodeBuffer, DecodedImage> Decode);
