using SimClr.Cli.Commands;

return await CommandLine.RunAsync(args);
