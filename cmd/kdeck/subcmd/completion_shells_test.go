package subcmd_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"kdeck/cmd/kdeck/subcmd"
	"kdeck/ops/sim"
)

// TestMain lets the test binary stand for kdeck, where a shell starts it.
func TestMain(m *testing.M) {
	if os.Getenv("KDECK_RUN") != "" {
		os.Exit(subcmd.Execute(context.Background(), subcmd.Process("test"), os.Args[1:]))
	}
	if what := os.Getenv(consumes); what != "" {
		consumeForEver(what)
	}
	const heard = "KDECK_HEARD"
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if !signal.Ignored(s) || os.Getenv(heard) != "" {
			continue
		}
		// Under nohup, or behind a &, the tests and the processes that they start would not see it: begin again with signals that were taken.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT)
		if exe, err := os.Executable(); err == nil {
			_ = syscall.Exec(exe, os.Args, append(os.Environ(), heard+"=1"))
		}
	}
	if os.Getenv("GORACE") == "" { // each process would wait for a second before it ends
		_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	os.Exit(m.Run())
}

// The scripts are tried as people use them: in a shell on a terminal, with the tab key.
func TestShellsCompleteByTheirScripts(t *testing.T) {
	const bashCompletion = "/usr/share/bash-completion/bash_completion"
	c, err := sim.New(sim.Options{Brokers: 3, Racks: 3, Topics: 4})
	must(t, err)
	defer c.Close()
	for _, shell := range []struct {
		name, needs string // a file besides the shell
		args        []string
		load        string // makes the shell read the script
		blank       string // a user with a blank, as the shell writes it
	}{
		{"bash", bashCompletion, []string{"--norc", "-i"}, "source " + bashCompletion + "; source <(kdeck completion bash)", `CN=a\ b\,O=x`},
		{"zsh", "", []string{"-f", "-i"}, "autoload -U compinit; compinit -u -D; source <(kdeck completion zsh)", `CN=a\ b,O=x`},
		{"fish", "", []string{"--no-config", "-i"}, "kdeck completion fish | source", `CN=a\ b,O=x`},
	} {
		t.Run(shell.name, func(t *testing.T) {
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("skipping %s: it isn't installed", shell.name)
			}
			if _, err := os.Stat(shell.needs); shell.needs != "" && err != nil {
				t.Skipf("skipping %s: no %s", shell.name, shell.needs)
			}
			d := newDeck(t)
			d.ok(0, "config", "add", "prod", "-b", c.Bootstrap()[0])
			d.set("set", "--user", "CN=a b,O=x", "producer_byte_rate=1MB")
			bin, self := t.TempDir(), ""
			self, err = os.Executable()
			must(t, err)
			must(t, os.WriteFile(filepath.Join(bin, "kdeck"), fmt.Appendf(nil, "#!/bin/sh\nKDECK_RUN=1 exec '%s' \"$@\"\n", self), 0o755))
			must(t, os.WriteFile(filepath.Join(bin, "drain7.json"), nil, 0o600))
			cmd := exec.Command(path, shell.args...)
			cmd.Dir = bin
			cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+d.variables["XDG_CONFIG_HOME"], "XDG_STATE_HOME="+d.variables["XDG_STATE_HOME"],
				"PATH="+bin+":"+os.Getenv("PATH"), "HOME="+bin, "TERM=xterm", "LC_ALL=C.UTF-8", "PS1=$ ")
			keys, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
			must(t, err)
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
				keys.Close()
			}()
			screen := &transcript{t: t, from: keys, got: make(chan []byte)}
			go screen.read()
			for _, s := range []step{
				{shell.load + "; echo loa''ded\r", "loaded\r"},
				{"kdeck stat\t", "status"},
				{"\x15kdeck status --cont\t", "--context"},
				{"\x15kdeck status --context pro\t", "prod"},
				{"\x15kdeck demo --scenario brok\t", "broker-down"},
				{"\x15kdeck apply dra\t", "drain7.json"},
				{"\x15kdeck quota set --user CN\t", shell.blank},
				{"\x15kdeck request Metadata --to lead\t", "er-of:"},
				{"\x15kdeck drain 2 --to 3,\t\t", "3,1"},
			} {
				_, err := io.WriteString(keys, s.keys)
				must(t, err)
				screen.await(s.shows)
			}
		})
	}
}
