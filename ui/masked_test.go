package ui

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// Several of what hides secrets stand one behind the other, and the leak test of the command line sees the last of them alone.
func TestEachPlaceWhereTheConsoleWritesHidesSecretsByItself(t *testing.T) {
	const secret = "qJ7sWx93PvTz"
	mask, dir := config.NewMask(secret), t.TempDir()
	open := func(t *testing.T) *driver {
		return newDriver(t, "mono", 80, 24, func(o *Options) {
			o.States, o.Mask, o.Name, o.StateDir, o.Commands = oneState{fixture.Small().State(1)}, mask, secret, dir, &commandLine{}
		})
	}
	written := func(t *testing.T, path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	broken := &crash{value: "it holds " + secret, stack: []byte("main.f(" + secret + ")"), at: time.Unix(1e9, 0)}
	for name, shown := range map[string]func(t *testing.T) string{
		"a crash, in what is said": func(t *testing.T) string {
			d := open(t)
			d.app.crash = broken
			return d.app.crashed().Error()
		},
		"a crash, in its report": func(t *testing.T) string {
			d := open(t)
			d.app.crash = broken
			_ = d.app.crashed()
			return written(t, filepath.Join(dir, "panic-20010909T014640.txt"))
		},
		"a crash without a directory": func(*testing.T) string { return broken.report("", mask).Error() },
		"what is kept of a session on its cluster": func(t *testing.T) string {
			d := open(t)
			d.app.prompt.history = []string{"partitions " + secret}
			if err := d.app.saveView(); err != nil {
				t.Fatal(err)
			}
			return written(t, viewPath(dir, d.app.opt.Cluster.key()))
		},
		"what is kept for all clusters": func(t *testing.T) string {
			d := open(t)
			d.app.settings.History = []string{"partitions " + secret}
			if err := d.app.saveView(); err != nil {
				t.Fatal(err)
			}
			return written(t, filepath.Join(dir, "console.json"))
		},
		"the history": func(t *testing.T) string {
			d := open(t)
			d.app.beginPrompt(typingCommand, "partitions "+secret)
			d.app.enterPrompt()
			return strings.Join(d.app.prompt.history, "\n") + "(nothing)"
		},
		"what is running, of which only its flag tells that it holds a secret": func(*testing.T) string {
			return titleOf("status -X sasl.password=" + secret)
		},
		"a copy": func(t *testing.T) string {
			d := open(t)
			d.run(d.app.do(d.app.at, []pane.Effect{pane.Copy{Text: "a row of " + secret, What: "a row"}}))
			return strings.Join(d.copied, "\n")
		},
		"a command that is copied": func(t *testing.T) string {
			d := open(t)
			d.app.panes[0] = commandPane{d.app.panes[0], []string{"partitions", secret}}
			d.run(d.app.copyCommand())
			return strings.Join(d.copied, "\n")
		},
		"the screen": func(t *testing.T) string {
			d := open(t)
			d.app.say("it holds " + secret)
			d.app.compose()
			return d.screen()
		},
		"the title of the terminal": func(t *testing.T) string {
			d := open(t)
			d.app.compose()
			return d.app.view.WindowTitle
		},
		"a file that a pane saves": func(t *testing.T) string {
			d, path := open(t), filepath.Join(dir, "plan.json")
			d.run(d.app.do(d.app.at, []pane.Effect{pane.Save{Path: path, To: func(w io.Writer) error { _, err := io.WriteString(w, "a plan of "+secret); return err }}}))
			return written(t, path)
		},
		"rows that are exported": func(t *testing.T) string {
			d, path := open(t), filepath.Join(dir, "rows.csv")
			d.app.panes[d.app.at] = commandPane{d.app.panes[d.app.at], []string{secret}}
			d.run(d.app.export("csv", path))
			return written(t, path)
		},
		"a pane that is printed": func(t *testing.T) string {
			d, out := open(t), new(bytes.Buffer)
			d.app.panes[0] = commandPane{d.app.panes[0], []string{secret}}
			if err := d.app.printOnce(out); err != nil {
				t.Fatal(err)
			}
			return out.String()
		},
		"that a run goes on": func(t *testing.T) string {
			d, out := open(t), new(bytes.Buffer)
			d.app.latestRun = state.Read(&state.Run{ID: secret, State: state.RunRunning}, time.Unix(1e9, 0), "")
			d.app.sayRunGoesOn(out)
			return out.String()
		},
	} {
		t.Run(name, func(t *testing.T) {
			if text := shown(t); text == "" || strings.Contains(text, secret) {
				t.Errorf("%q", text)
			}
		})
	}
}

// commandPane is a pane that has its words for a command, and prints and exports them.
type commandPane struct {
	pane.Pane
	words []string
}

func (p commandPane) Command() []string { return p.words }

func (p commandPane) Print(w io.Writer, _ bool) error {
	_, err := io.WriteString(w, strings.Join(p.words, " ")+"\n")
	return err
}

func (p commandPane) Export(string) (func(io.Writer) error, error) {
	return func(w io.Writer) error { return p.Print(w, true) }, nil
}
