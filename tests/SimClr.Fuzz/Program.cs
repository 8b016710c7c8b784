using SimClr.Fuzz;
using SimClr.Fuzz.Running;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// Runs the tests, like every test project; or a worker that reads mutated files; or, by an option, a long run.
if (args is [Worker.Argument, ..]) return Worker.Run(args[1..]);
if (LongRun.IsAskedFor(args)) return LongRun.Run(args);
return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
