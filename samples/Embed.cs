// Load an encoder and turn images into vectors: a run folder, a .safetensors, or a .pth of torchvision; files, streams, many at once:
//   dotnet run samples/Embed.cs runs/sample cat.jpg dog.png
#:project ../src/SimClr/SimClr.csproj
#:property PublishAot=false
using System.Numerics.Tensors;
using SimClr.Datasets;
using SimClr.Encoders;

if (args.Length < 2) return Usage();
using var encoder = TrainedEncoder.Load(args[0]);
Console.WriteLine($"{encoder.Source}: h has {encoder.Dimensions} values, images are {encoder.Options.ImageSize} × {encoder.Options.ImageSize}");
foreach (string guess in encoder.Guesses) Console.WriteLine($"  not said by the file, taken as usual: {guess}");

// One image: a file, a stream, bytes, pixels.
float[] h = encoder.Embed(args[1]);
using (var stream = File.OpenRead(args[1])) Console.WriteLine($"the same from a stream: {h.SequenceEqual(encoder.Embed(stream))}");

// Several threads at once, for example the requests of a service.
var vectors = args.Skip(1).AsParallel().AsOrdered().Select(file => encoder.Embed(file)).ToList();
foreach (var (file, vector) in args.Skip(1).Zip(vectors))
    Console.WriteLine($"{Path.GetFileName(file)}: cosine to the first {TensorPrimitives.CosineSimilarity<float>(h, vector):f4}");

// Many images: batches on all processors.
using var features = encoder.Embed(new BuiltInImages(DatasetPart.Test, count: 240)); // or ImageDatasets.Open("my-photos", DatasetPart.Pretraining)
Console.WriteLine($"{features.Count} × {features.Dimensions}, mean norm {features.Values.norm(1).mean().item<float>():f3}");
return 0;

static int Usage()
{
    Console.Error.WriteLine("Name an encoder (a run folder, .safetensors, .pth) and images.");
    return 2;
}
