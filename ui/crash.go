package ui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// crash is a panic that was caught, so that the terminal could be restored first.
type crash struct {
	value any
	stack []byte
	at    time.Time
}

func newCrash(value any, at time.Time) *crash { return &crash{value, debug.Stack(), at} }

// report writes the crash into dir and returns an error that says where it lies. Where it can't be written the
// report is in the error.
func (c *crash) report(dir string) error {
	text := fmt.Sprintf("kdeck panicked at %s: %v\n\n%s", c.at.UTC().Format(time.RFC3339), c.value, c.stack)
	if dir == "" {
		return errors.New(text)
	}
	path := filepath.Join(dir, "panic-"+c.at.UTC().Format("20060102T150405")+".txt")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errors.New(text)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return errors.New(text)
	}
	return fmt.Errorf("kdeck panicked: %v; the report lies in %s", c.value, path)
}
