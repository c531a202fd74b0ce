package subcmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kdeck/ops/sim"
)

func TestAFileThatNeverEndsOrNeverBeginsIsRefusedByName(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	login := "-X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN -X sasl.username=u -X sasl.password="
	for _, path := range []string{"/dev/zero", pipe, t.TempDir()} {
		for _, args := range []string{
			"status --command-config PATH",
			"status --snapshot PATH",
			"request --replay PATH",
			"request Metadata --to 1 -f PATH",
			"request --decode PATH",
			"apply PATH",
			"config import PATH",
			"tenants --request-log PATH",
			"status " + login + "${file:PATH}",
			"status " + login + "${file:PATH:key}",
			"status -X security.protocol=SSL -X ssl.keystore.location=PATH",
			"status -X security.protocol=SSL -X ssl.truststore.location=PATH",
		} {
			on := d
			if strings.Contains(args, "--snapshot") { // which goes without an address
				on = d.with()
			}
			r := on.run(strings.Fields(strings.ReplaceAll(args, "PATH", path))...)
			if r.code == 0 || !strings.Contains(r.err, path) || !strings.Contains(r.err, "a regular file was expected") {
				t.Errorf("kdeck %s on %s: exit %d\n%s%s", args, path, r.code, r.out, r.err)
			}
		}
		config := d.configPath()
		must(t, os.Symlink(path, config))
		if r := d.run("status"); r.code == 0 || !strings.Contains(r.err, config) {
			t.Errorf("kdeck status with config.yaml on %s: exit %d\n%s%s", path, r.code, r.out, r.err)
		}
		must(t, os.Remove(config))
	}
}

func TestAPropertiesFileThatOthersCanGetAtIsWarnedOfOnceAndUsed(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 4})
	path := file(t, "client.properties", "ssl.keystore.password=hunter2\n", 0o666)
	r := d.run("doctor", "--command-config", path)
	if strings.Count(r.err, "warning: "+path+": others can write it") != 1 || !strings.Contains(r.out, "well: ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
}
