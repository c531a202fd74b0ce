package host

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestWhatIsNoHotSpotJVMIsNotSignalled(t *testing.T) {
	_, signalled, err := attach(t.Context(), &Process{PID: os.Getpid(), Inner: os.Getpid(), UID: os.Getuid()}, nil)
	if signalled || err == nil || !strings.Contains(err.Error(), "no HotSpot JVM, so it was not signalled") {
		t.Errorf("signalled: %v; %v", signalled, err)
	}
}

func TestAJVMThatCantBeAttachedToIsNotSignalled(t *testing.T) {
	const flag = "-XX:+DisableAttachMechanism"
	for _, c := range []struct {
		name    string
		args    []string
		environ string
		want    bool
	}{
		{"by its command line", []string{"java", flag, "kafka.Kafka"}, "", true},
		{"by its environment", []string{"java", "kafka.Kafka"}, "JAVA_TOOL_OPTIONS=-Xmx1g " + flag, true},
		{"that is said of something else", []string{"java", "kafka.Kafka"}, "OTHER=" + flag, false},
		{"not at all", []string{"java", "-XX:-DisableAttachMechanism", "kafka.Kafka"}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "cat") // stands for the JVM
			cmd.Env = []string{c.environ}
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { in.Close(); _ = cmd.Wait() }()
			// Until it runs, the kernel tells no environment of it.
			if _, err := io.WriteString(in, "x"); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if got := forbidsAttach(&Process{PID: cmd.Process.Pid, args: c.args}); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
