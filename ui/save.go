package ui

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/config"
	"kdeck/ui/pane"
)

type wroteMsg struct {
	from int // the pane that asked
	path string
	err  error
	done func() []pane.Effect // called when the file is written; may be nil
}

// saveScreen writes the screen to a file as text.
func (a *app) saveScreen(path string) tea.Cmd {
	text := a.grid.Text()
	return a.write(a.at, path, "txt", func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// export writes the filtered rows of the pane in front to a file.
func (a *app) export(format, path string) tea.Cmd {
	write, err := a.panes[a.at].Export(format)
	if err != nil {
		a.fail(a.explain(err).Error())
		return nil
	}
	return a.write(a.at, path, format, write)
}

func (a *app) exportCommand(args []string) tea.Cmd {
	format, path := "json", ""
	if len(args) > 0 && (args[0] == "json" || args[0] == "csv") {
		format, args = args[0], args[1:]
	}
	if path = strings.Join(args, " "); strings.HasSuffix(path, ".csv") {
		format = "csv"
	}
	return a.export(format, path)
}

// write creates a file for a pane, off the update loop. Without a path the file is named after the pane and the time. A
// file that exists is not overwritten.
func (a *app) write(from int, path, ending string, to func(io.Writer) error) tea.Cmd {
	if path == "" {
		name := fmt.Sprintf("kdeck-%s-%s.%s", a.panes[from].Name(), a.clock.now().UTC().Format("20060102T150405Z"), ending)
		path = filepath.Join(a.opt.SaveDir, name)
	}
	return a.writeTo(from, path, to, nil)
}

// writeTo is write with a path. It calls done, unless that is nil, when the file is written.
func (a *app) writeTo(from int, path string, to func(io.Writer) error, done func() []pane.Effect) tea.Cmd {
	mask := a.opt.Mask
	return a.guard(func() tea.Msg { return wroteMsg{from, path, writeFile(path, mask, to), done} })
}

func writeFile(path string, mask *config.Mask, to func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	masked := mask.Writer(f)
	w := bufio.NewWriter(masked)
	if err = to(w); err == nil {
		err = errors.Join(w.Flush(), masked.Close())
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func (a *app) wrote(m wroteMsg) tea.Cmd {
	if m.err != nil {
		a.tell(m.from, "not written: "+m.err.Error(), true)
		return nil
	}
	a.tell(m.from, "written: "+m.path, false)
	if m.done == nil {
		return nil
	}
	return a.do(m.from, m.done())
}
