package subcmd

import (
	"errors"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/config"
)

// openFor opens a session for requests to nodes. Where no cluster is named, nodes that are addresses are reached all the
// same, as the flags say; the first address stands for the cluster then.
func (e *Env) openFor(g *globals, targets []ask.Target) (*source, error) {
	src, err := e.open(g)
	var unnamed *config.NoClusterError
	if !errors.As(err, &unnamed) {
		return src, err
	}
	addrs, all := ask.Addresses(targets)
	if !all {
		return nil, refused("%w; without one, --to takes the node's own host:port", err)
	}
	alone := *g
	alone.bootstrap = strings.Join(addrs, ",")
	return e.open(&alone)
}
