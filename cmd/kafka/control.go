package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/kafkatest"
)

const controlHelp = "Break it by hand (kill -9 PID), or type here: stop N, kill N, pause N, resume N, restart N"

// faults are the commands that can be typed, by name.
var faults = map[string]func(context.Context, *kafkatest.Node) error{
	"stop":    func(_ context.Context, n *kafkatest.Node) error { return n.Stop() },
	"kill":    func(_ context.Context, n *kafkatest.Node) error { return n.Kill() },
	"pause":   func(_ context.Context, n *kafkatest.Node) error { return n.Pause() },
	"resume":  func(_ context.Context, n *kafkatest.Node) error { return n.Resume() },
	"restart": func(ctx context.Context, n *kafkatest.Node) error { return n.Restart(ctx) },
}

// readCommands carries out the commands that are typed, until the input ends.
func readCommands(ctx context.Context, c *kafkatest.Cluster, in io.Reader, out io.Writer) {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		name, node, err := parseCommand(lines.Text(), c.Nodes)
		if err == nil {
			err = faults[name](ctx, node)
		}
		if err != nil {
			fmt.Fprintln(out, err)
			continue
		}
		fmt.Fprintf(out, "%s %d: done, pid %d\n", name, node.ID, node.PID())
	}
}

func parseCommand(line string, nodes []*kafkatest.Node) (name string, node *kafkatest.Node, err error) {
	words := strings.Fields(line)
	if len(words) != 2 || faults[words[0]] == nil {
		return "", nil, fmt.Errorf("%q is not understood. %s", line, controlHelp)
	}
	id, err := strconv.Atoi(words[1])
	i := slices.IndexFunc(nodes, func(n *kafkatest.Node) bool { return int(n.ID) == id })
	if err != nil || i < 0 {
		return "", nil, fmt.Errorf("there is no node %s", words[1])
	}
	return words[0], nodes[i], nil
}
