namespace SimClr.Cli.Tests;
