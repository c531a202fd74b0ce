package ui

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/history"
	"kdeck/ops/state"
)

// nothing is a States without any.
type nothing struct{}

func (nothing) Next(ctx context.Context, _ uint64) (*state.State, *history.History, error) {
	<-ctx.Done()
	return nil, nil, ctx.Err()
}

// Manual writes what every key does, pane by pane, from the same bindings that the console acts by.
func Manual(w io.Writer) error {
	a, err := newApp(context.Background(), Options{States: nothing{}}, readTerminal(nil, nil, ""))
	if err != nil {
		return err
	}
	var b strings.Builder
	section := func(title string, bindings []binding) {
		fmt.Fprintf(&b, "%s\n", title)
		for _, l := range (&help{all: bindings}).lines() {
			if l.heading == "" {
				fmt.Fprintf(&b, "  %-12s %s\n", l.keys, l.text)
			}
		}
		b.WriteByte('\n')
	}
	section("Everywhere", a.consoleBindings())
	for _, p := range a.panes {
		var own []binding
		for _, inner := range p.Bindings() {
			own = append(own, binding{Binding: inner})
		}
		section(p.Title(), own)
	}
	fmt.Fprintln(&b, "Behind :")
	for _, word := range words() {
		fmt.Fprintf(&b, "  %-30s %s\n", strings.TrimSpace(word.name+" "+word.args), word.help)
	}
	fmt.Fprintln(&b, "  PANE FILTER                    a pane, filtered\n  any kdeck command              run, its output shown")
	_, err = io.WriteString(w, b.String())
	return err
}
