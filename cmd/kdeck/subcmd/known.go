package subcmd

import (
	"errors"
	"fmt"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/protocol"
)

func (e *Env) knownClusters() (change.Known, error) {
	dir, err := e.stateDir()
	return change.KnownClusters(dir, e.Now), err
}

// recognize remembers the cluster that a context leads to, and warns where it led to another one before.
func (e *Env) recognize(cluster *config.Cluster, id string) {
	known, err := e.knownClusters()
	if cluster.File == "" || id == "" || err != nil { // an address is remembered when a change is asked for
		return
	}
	var moved *change.MovedError
	if err := known.Check(cluster, id); errors.As(err, &moved) {
		fmt.Fprintf(e.Err, "careful: %s\n", e.safe(err.Error()))
	}
}

// checkName returns an error where the action's cluster isn't the one that its name led to before. In a dry run it only warns.
func (e *Env) checkName(a *action, execute bool) error {
	known, err := e.knownClusters()
	if err == nil && (execute || a.clusterID != "") {
		err = known.Check(a.session.Cluster(), a.clusterID)
	}
	switch {
	case err == nil:
		return nil
	case execute:
		return refused("%w", err)
	}
	fmt.Fprintf(e.Err, "careful: %s\n", e.safe(err.Error()))
	return nil
}

// cap is the highest class that may be sent to a cluster, and the context that says so: that of the session, or another that is
// known to lead to the same cluster and allows less. So the cap holds however the cluster is reached.
func (e *Env) cap(cluster *config.Cluster, id string) (protocol.Class, string, error) {
	most, by := cluster.MaxClass, cluster.Name
	file, err := e.configFile()
	if err != nil {
		return most, by, err
	}
	known, err := e.knownClusters()
	if err != nil {
		return most, by, err
	}
	for _, name := range file.Names() {
		c, err := file.Context(name)
		if err != nil {
			return most, by, err
		}
		if c.MaxClass != 0 && c.MaxClass < most && known.ID(&config.Cluster{Name: name, File: file.Path}) == id {
			most, by = c.MaxClass, name
		}
	}
	return most, by, nil
}
