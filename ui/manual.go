package ui

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/history"
	"kdeck/ops/state"
)

// noStates never has a State.
type noStates struct{}

func (noStates) Next(ctx context.Context, _ uint64) (*state.State, *history.History, error) {
	<-ctx.Done()
	return nil, nil, ctx.Err()
}

// manualWidth is the width of the manual's lines in columns.
const manualWidth = 100

// Manual writes what the keys of every pane and the words of the palette do, and what the columns of every table say.
func Manual(w io.Writer) error {
	a, err := newApp(context.Background(), Options{Cluster: Cluster{States: noStates{}}}, readTerminal(nil, nil, ""))
	if err != nil {
		return err
	}
	var b strings.Builder
	section := func(title string, bindings []binding) {
		fmt.Fprintf(&b, "%s\n", title)
		for _, l := range (&help{all: bindings}).keyLines() {
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
		for _, l := range (&help{legends: p.Legends()}).columnLines(manualWidth) {
			if l.heading != "" {
				fmt.Fprintf(&b, "%s: %s\n", p.Title(), strings.ToLower(l.heading))
				continue
			}
			fmt.Fprintf(&b, "  %-*s %s\n", columnWidth, l.keys, l.text)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintln(&b, "Behind :")
	for _, word := range words() {
		names := strings.Join(append([]string{word.name}, word.also...), ", ")
		fmt.Fprintf(&b, "  %-30s %s\n", strings.TrimSpace(names+" "+word.args), word.help)
	}
	fmt.Fprintln(&b, "  PANE FILTER                    show a pane, filtered\n  any kdeck command              run it and show its output")
	_, err = io.WriteString(w, b.String())
	return err
}
