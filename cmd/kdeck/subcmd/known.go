package subcmd

import (
	"errors"
	"fmt"
	"slices"

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
	err = known.Check(cluster, id)
	_, unreadable := known.ID(cluster)
	if _, moved := errors.AsType[*change.MovedError](err); moved || unreadable != nil { // else it can't be remembered: a change says so
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
// known to lead to the same cluster, or has one of its addresses, and allows less. So the cap holds however the cluster is reached.
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
		if c.MaxClass == 0 || c.MaxClass >= most {
			continue
		}
		leadsTo, err := known.ID(&config.Cluster{Name: name, File: file.Path})
		if err != nil {
			return most, by, err
		}
		shares := func(addr string) bool {
			return slices.Contains(cluster.Bootstrap, addr) || slices.Contains(cluster.Controllers, addr)
		}
		if leadsTo == id || leadsTo == "" && slices.ContainsFunc(file.Addresses(c, e.LookupEnv), shares) {
			most, by = c.MaxClass, name
		}
	}
	return most, by, nil
}
