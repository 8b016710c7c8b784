using System.Diagnostics;
using SimClr.Cli.Tests.Commands;

namespace SimClr.Cli.Tests.Ranks;

/// <summary>
/// Two hosts on one machine: network namespaces on a bridge, each with its own address, name and /etc/hosts, so that the ranks communicate
/// over TCP. Instead of ssh, <c>ip netns exec</c> starts Open MPI's daemon on the other host.
/// </summary>
internal sealed class NamespaceHosts : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string bridge = $"br{Environment.ProcessId}";

    /// <summary>Creates the hosts, or skips the test if that is not permitted.</summary>
    public NamespaceHosts()
    {
        Names = [$"ha{Environment.ProcessId}", $"hb{Environment.ProcessId}"];
        Agent = folder.In("agent.sh");
        File.WriteAllText(Agent, "#!/bin/bash\nhost=$1; shift\nexec ip netns exec $host unshare --uts bash -c \"hostname $host; $*\"\n");
        using (var chmod = Process.Start("chmod", ["+x", Agent])) chmod.WaitForExit();
        string hosts = "127.0.0.1 localhost\n" + string.Concat(Names.Select((name, i) => $"{Address(i)} {name}\n"));
        bool made = Ip($"link add {bridge} type bridge") && Ip($"link set {bridge} up") && Names.Select(Make).All(done => done);
        if (!made) Dispose();
        Assert.SkipUnless(made, "No network namespaces here: that takes root and Debian's iproute2.");

        bool Make(string name, int i)
        {
            Directory.CreateDirectory($"/etc/netns/{name}");
            File.WriteAllText($"/etc/netns/{name}/hosts", hosts);
            return Ip($"netns add {name}") && Ip($"link add v{name} type veth peer name eth0 netns {name}") && Ip($"link set v{name} master {bridge}") && Ip($"link set v{name} up")
                && Ip($"netns exec {name} ip addr add {Address(i)}/24 dev eth0") && Ip($"netns exec {name} ip link set eth0 up") && Ip($"netns exec {name} ip link set lo up");
        }
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The arguments of mpirun that name the hosts and the way to start processes on them.</summary>
    public string Options => $"--host {string.Join(',', Names.Select(name => name + ":1"))} --mca plm_rsh_agent {Agent} --mca btl_tcp_if_include {Network} --mca oob_tcp_if_include {Network} -x DOTNET_PROCESSOR_COUNT";

    /// <summary>The command before mpirun that starts it on the first host.</summary>
    public string OnFirst => $"{Agent} {Names[0]} ";

    private string Agent { get; }

    private static string Network => Address(-1) + "/24";

    public void Dispose()
    {
        foreach (string name in Names)
        {
            Ip($"netns del {name}");
            if (Directory.Exists($"/etc/netns/{name}")) Directory.Delete($"/etc/netns/{name}", recursive: true);
        }
        Ip($"link del {bridge}");
        folder.Dispose();
    }

    private static string Address(int host) => $"10.77.{Environment.ProcessId % 256}.{host + 1}";

    private static bool Ip(string arguments)
    {
        try
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            ip.WaitForExit();
            return ip.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
