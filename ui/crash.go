package ui

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/files"
)

// crash is a panic that was recovered. It is reported when the terminal is restored.
type crash struct {
	value any
	stack []byte
	at    time.Time
}

func newCrash(value any, at time.Time) *crash { return &crash{value, debug.Stack(), at} }

// crashed reports the crash of the console.
func (a *app) crashed() error { return a.crash.report(a.opt.StateDir, a.opt.Mask) }

// report writes the crash, masked, to a file in dir and returns an error that names the file. If it can't write the file, the
// error contains the report.
func (c *crash) report(dir string, mask *config.Mask) error {
	text := mask.Text(fmt.Sprintf("kdeck panicked at %s: %v\n\n%s", c.at.UTC().Format(time.RFC3339), c.value, c.stack))
	if dir == "" {
		return errors.New(text)
	}
	path := filepath.Join(dir, "panic-"+c.at.UTC().Format("20060102T150405")+".txt")
	if err := files.WriteOwn(path, []byte(text)); err != nil {
		return errors.New(text)
	}
	return fmt.Errorf("kdeck panicked: %s; the report is in %s", mask.Text(fmt.Sprint(c.value)), path)
}
