package subcmd

import (
	"errors"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/config"
)

// openFor opens a session for requests to targets. Where no cluster is named, targets that are addresses are reached all the
// same; the first address then names the cluster.
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
