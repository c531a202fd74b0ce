package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Realm is the realm of a [KDC].
const Realm = "KDECK.TEST"

// KDC is MIT's Kerberos server, on a port of its own of loopback and with a database of its own.
type KDC struct {
	Dir        string
	ConfigFile string // krb5.conf

	release func()
	proc    *process
}

// kdcTools are the programs that a KDC takes, and kdcPackages Debian's packages that have them.
var (
	kdcTools    = []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"}
	kdcPackages = []string{"krb5-kdc", "krb5-admin-server", "krb5-user"}
)

// RequireKDC skips the test where there is no KDC and apt-get can't install one: it can as root. Under CI=true it is a failure where
// apt-get fails.
func RequireKDC(t testing.TB) {
	t.Helper()
	missing := missingKDCTools()
	if len(missing) == 0 {
		return
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Getuid() != 0 {
		t.Skipf("skipped, there is no Kerberos server: no %s in PATH; apt-get install %s", strings.Join(missing, ", "), strings.Join(kdcPackages, " "))
	}
	err := installKDC(t.Context())
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skipf("skipped, there is no Kerberos server: %v", err)
	}
}

func missingKDCTools() (missing []string) {
	for _, tool := range kdcTools {
		if _, err := kdcTool(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	return missing
}

// kdcTool finds a program where Debian has it, which isn't in every user's PATH.
func kdcTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	return path, err
}

// installKDC installs the packages; test binaries that run side by side do so once.
func installKDC(ctx context.Context) error {
	root, err := cacheDir()
	if err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(root + ".apt.lock").Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if len(missingKDCTools()) == 0 {
		return nil
	}
	install := append([]string{"install", "-y", "-qq", "--no-install-recommends"}, kdcPackages...)
	var out []byte
	for _, args := range [][]string{install, {"update", "-qq"}, install} { // where the lists are old, only the second succeeds
		apt := exec.CommandContext(ctx, "apt-get", args...)
		apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err = apt.CombinedOutput(); err == nil && args[0] == "install" {
			return nil
		}
	}
	return fmt.Errorf("apt-get install %s: %w\n%s", strings.Join(kdcPackages, " "), err, out)
}

// StartKDC starts a KDC that ends with the test.
func StartKDC(t testing.TB) *KDC {
	t.Helper()
	RequireKDC(t)
	for try := 1; ; try++ {
		k, err := startKDC(t.Context(), t.TempDir())
		if err == nil {
			t.Cleanup(func() { k.Stop() })
			return k
		}
		if !errors.Is(err, errPortTaken) || try == maxStarts {
			t.Fatalf("starting a KDC: %v", err)
		}
	}
}

func startKDC(ctx context.Context, dir string) (*KDC, error) {
	ports, release, err := claimPorts(1)
	if err != nil {
		return nil, err
	}
	k := &KDC{Dir: dir, ConfigFile: filepath.Join(dir, "krb5.conf"), release: sync.OnceFunc(release)}
	if err := k.launch(ctx, loopback(ports[0])); err != nil {
		return nil, errors.Join(err, k.Stop())
	}
	return k, nil
}

func (k *KDC) launch(ctx context.Context, addr string) error {
	for name, text := range map[string]string{
		"krb5.conf": fmt.Sprintf(`[libdefaults]
	default_realm = %[1]s
	dns_lookup_kdc = false
	dns_lookup_realm = false
[realms]
	%[1]s = {
		kdc = %[2]s
	}
[domain_realm]
	localhost = %[1]s
`, Realm, addr),
		"kdc.conf": fmt.Sprintf(`[kdcdefaults]
	kdc_listen = %[2]s
	kdc_tcp_listen = %[2]s
[realms]
	%[1]s = {
		database_name = %[3]s/principal
		key_stash_file = %[3]s/stash
		max_renewable_life = 7d
	}
[logging]
	kdc = FILE:%[3]s/kdc.log
`, Realm, addr, k.Dir),
	} {
		if err := os.WriteFile(filepath.Join(k.Dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := k.run(ctx, "kdb5_util", "create", "-s", "-r", Realm, "-P", "master"); err != nil {
		return err
	}
	cmd, err := k.command(context.Background(), "krb5kdc", "-n", "-r", Realm)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(k.Dir, "krb5kdc.out"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if k.proc, err = spawn(cmd); err != nil {
		return err
	}
	return k.await(ctx, addr)
}

// await waits until the KDC listens.
func (k *KDC) await(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	for k.proc.running() {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the KDC doesn't listen on %s: %w", addr, ctx.Err())
		}
	}
	out, _ := os.ReadFile(filepath.Join(k.Dir, "kdc.log"))
	if strings.Contains(string(out), "in use") {
		return fmt.Errorf("the KDC on %s: %w", addr, errPortTaken)
	}
	return fmt.Errorf("the KDC ended\n%s", out)
}

// Stop ends the KDC.
func (k *KDC) Stop() error {
	defer k.release()
	if k.proc == nil || !k.proc.running() {
		return nil
	}
	return k.proc.end(syscall.SIGKILL, time.Minute)
}

// AddPrincipal makes a principal with a random key, and writes the key to a keytab. Flags are kadmin's, such as +requires_preauth.
func (k *KDC) AddPrincipal(t testing.TB, name, keytab string, flags ...string) {
	t.Helper()
	k.admin(t, strings.Join(append(append([]string{"addprinc"}, flags...), "-randkey", name), " "))
	k.Rekey(t, name, keytab)
}

// Rekey gives a principal another key, and writes it to a keytab.
func (k *KDC) Rekey(t testing.TB, name, keytab string) {
	t.Helper()
	k.admin(t, fmt.Sprintf("ktadd -k %s %s", keytab, name))
	if _, err := os.Stat(keytab); err != nil {
		t.Fatal(err) // kadmin.local exits with 0 whatever happens
	}
}

// DeletePrincipal deletes a principal.
func (k *KDC) DeletePrincipal(t testing.TB, name string) {
	t.Helper()
	k.admin(t, "delprinc -force "+name)
}

func (k *KDC) admin(t testing.TB, query string) {
	t.Helper()
	if err := k.run(t.Context(), "kadmin.local", "-r", Realm, "-q", query); err != nil {
		t.Fatal(err)
	}
}

// Kinit logs in with a keytab, and writes the ticket to a cache. Flags are kinit's.
func (k *KDC) Kinit(t testing.TB, name, keytab, cache string, flags ...string) {
	t.Helper()
	if err := k.run(t.Context(), "kinit", append(flags, "-k", "-t", keytab, "-c", "FILE:"+cache, name)...); err != nil {
		t.Fatal(err)
	}
}

func (k *KDC) run(ctx context.Context, tool string, args ...string) error {
	cmd, err := k.command(ctx, tool, args...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

func (k *KDC) command(ctx context.Context, tool string, args ...string) (*exec.Cmd, error) {
	path, err := kdcTool(tool)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "KRB5_CONFIG="+k.ConfigFile, "KRB5_KDC_PROFILE="+filepath.Join(k.Dir, "kdc.conf"))
	return cmd, nil
}

func (n *Node) addrKerberos() string { return fmt.Sprintf("localhost:%d", n.ports.kerberos) }

// kerberosProperties is a broker's half of GSSAPI.
func (c *Cluster) kerberosProperties() map[string]string {
	const listener = "listener.name.sasl_plaintext."
	return map[string]string{
		listener + "sasl.enabled.mechanisms":    "GSSAPI",
		listener + "sasl.kerberos.service.name": "kafka",
		listener + "gssapi.sasl.jaas.config": fmt.Sprintf(
			"com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=%q principal=%q;", c.BrokerKeytab, "kafka/localhost@"+Realm),
	}
}
