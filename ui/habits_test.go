package ui

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestFlagsInThePaletteFilterTheLivePane(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys(":", "parts --under-min-isr", "enter")
	d.sees("/is:under-min-isr", "4 of 360 partitions")
	d.keys("/", " topic-0023", "enter") // it is a filter like any other
	d.sees("/is:under-min-isr topic-0023", "1 of 360 partitions")
	d.keys("esc", "esc")
	d.sees("FINDING")
	d.keys(":", "drain 7 --nope", "enter")
	d.sees("output of drain 7 --nope")
}

func TestAPlainWordFindsBrokersByIdAndNameFirst(t *testing.T) {
	for _, metered := range []bool{false, true} {
		d := newDriver(t, "dark", 200, 60, nil)
		if incident(d); metered {
			d = newDriver(t, "dark", 200, 60, nil)
			loaded(d)
		}
		d.keys("2", "/", "7", "enter")
		d.sees("1 of 12 brokers")
		if text := d.line(4); !strings.Contains(text, "7  a") {
			t.Errorf("the row is %q", text)
		}
		d.keys("/", "ctrl+u", "1", "enter")
		d.sees("1 of 12 brokers")
		d.keys("/", "ctrl+u", "dead", "enter")
		d.sees("1 of 12 brokers", "DEAD")
	}
}

func TestAPlainNumberFindsTheFindingsAboutThatBroker(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, nil)
	incident(d)
	d.keys("/", "7", "enter")
	d.sees("broker 7 is down", "1 of 4 findings") // and not all that have a 7 among their figures
}

// served starts an embedded cluster that any client reaches, and returns its context.
func served(t *testing.T, path, scenario string) map[string]any {
	t.Helper()
	cmd := exec.Command(path, "demo", "--headless", "--scenario", scenario)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	var file struct{ Contexts map[string]map[string]any }
	if err := yaml.NewDecoder(firstDocument{out}).Decode(&file); err != nil || len(file.Contexts) != 1 {
		t.Fatalf("%v: %+v", err, file)
	}
	for _, c := range file.Contexts {
		return c
	}
	return nil
}

// firstDocument ends with what was written at once.
type firstDocument struct{ r io.Reader }

func (f firstDocument) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return n, err
}

// A day's habits: what fingers of users of k9s, less and Kafka's scripts do, on two clusters.
func TestADaysHabits(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole program")
	}
	path, err := kdeck()
	if err != nil {
		t.Fatal(err)
	}
	east, west := served(t, path, "broker-down"), served(t, path, "healthy")
	west["production"] = true
	north := map[string]any{"bootstrap": []string{"127.0.0.1:1"}}
	file, err := yaml.Marshal(map[string]any{"current": "east", "contexts": map[string]any{"east": east, "west": west, "north": north}})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			config := t.TempDir()
			if err := os.MkdirAll(filepath.Join(config, "kdeck"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(config, "kdeck", "config.yaml"), file, 0o600); err != nil {
				t.Fatal(err)
			}
			p := startPty(t, size[0], size[1], []string{"XDG_STATE_HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + config}, path)
			p.until("east  RO", "CRITICAL", "11/12 brokers", "? help")
			for _, step := range []struct {
				keys string
				see  []string
				gone string
			}{
				// The palette completes; a filter of one number is a broker; esc leads back, step by step.
				{":bro", []string{"brokers"}, ""},
				{"\t\r", []string{"12 brokers, worst first"}, ""},
				{"/7\r", []string{"/7", "1 of 12 brokers"}, ""},
				{keyEsc, []string{"─ 12 brokers, worst first"}, ""},
				// Letters of the headings sort.
				{"R", []string{"by RACK", "RACK↑"}, ""},
				{"R", []string{"by RACK desc", "RACK↓"}, ""},
				// A row as YAML.
				{"/7\r", []string{"1 of 12"}, ""},
				{"y", []string{"broker as YAML", "id: 7", "fenced: true", "answered_ms: null"}, ""},
				{keyEsc, []string{"/7", "1 of 12 brokers"}, ""},
				{keyEnter, []string{"→ broker 7"}, ""},
				{keyEsc, []string{"/7", "1 of 12 brokers"}, ""},
				// Flags mean what they mean in a shell, and their filter is the pane's.
				{":partitions --offline --under-min-isr\r", []string{"/is:under-min-isr is:offline", "of 824 partitions"}, ""},
				{"/ topic:orders\r", []string{"/is:under-min-isr is:offline topic:orders"}, ""},
				{keyEsc, []string{"/is:under-min-isr is:offline ─"}, ""},
				{keyEsc, []string{"/7", "1 of 12 brokers"}, ""},
				{keyEsc, []string{"─ 12 brokers, by RACK desc"}, ""},
				// Words that don't exist.
				{":bokers\r", []string{"did you mean brokers?"}, ""},
				{":theme drak\r", []string{"did you mean dark?"}, ""},
				{":ctx wset\r", []string{`no context "wset" (did you mean "west"?)`}, ""},
				{"/stte:DEAD\r", []string{"did you mean state:?"}, ""},
				{":partitions --ofline\r", []string{"did you mean --offline?"}, ""},
				{keyEsc, []string{"─ 12 brokers, by RACK desc"}, ""},
				// Another cluster, and back; one that nobody answers for.
				{":ctx\r", []string{"* east", "  north", "  west", "PROD", "goes there"}, ""},
				{keyEsc, []string{"─ 12 brokers, by RACK desc"}, ""},
				{":ctx we", []string{" west"}, ""},
				{"\t\r", []string{"west PROD", "RO", "HEALTHY", "12/12 brokers"}, ""},
				{"2", []string{"─ 12 brokers, worst first"}, ""}, // each cluster has its own order
				{":ctx north\r", []string{"north  RO", "UNKNOWN", "now on north"}, ""},
				{":ctx -\r", []string{"west PROD", "HEALTHY", "12/12 brokers"}, ""},
				{":context east\r", []string{"east  RO", "CRITICAL", "11/12 brokers"}, ""},
				// Numbers and tab are steps that esc takes back.
				{"4", []string{"824 partitions"}, ""},
				{"\t", []string{"checkout-emails"}, ""},
				{keyEsc, []string{"824 partitions"}, ""},
				{keyEsc, []string{"FINDING", "SEV↑"}, ""},
				{"?", []string{"Help: Overview"}, ""},
				{keyEsc, []string{"FINDING", "SEV↑"}, "Help: Overview"},
				// The mouse, where it is asked for: the tab of the brokers, and a row twice.
				{":mouse on\r", []string{"the mouse selects"}, ""},
				{"\x1b[<0;16;2M\x1b[<0;16;2m", []string{"─ 12 brokers, by RACK desc"}, ""},
				{"\x1b[<0;16;7M\x1b[<0;16;7m\x1b[<0;16;7M\x1b[<0;16;7m", []string{"→ broker "}, ""},
				{keyEsc, []string{"─ 12 brokers, by RACK desc"}, ""},
			} {
				p.press(step.keys)
				p.until(step.see...)
				if step.gone != "" {
					p.gone(step.gone)
				}
			}
			p.foreign("\x1b[5;1Hsomebody writes to the terminal: load high\x1b[9;30Hagain")
			p.until("somebody writes", "again")
			p.press("\x0c")
			p.gone("somebody writes")
			p.press(":q\r")
			if code := p.ended(); code != 0 {
				t.Errorf("exit %d", code)
			}
		})
	}
}
