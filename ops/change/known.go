package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/protocol/printable"
)

// Known remembers to which cluster each name led first, as ssh does with the keys of hosts. A phrase holds a name, and the name
// must not come to stand for another cluster: its addresses may be edited, or a tunnel may lead elsewhere.
type Known struct {
	dir string
	now func() time.Time
}

// KnownClusters is what is remembered below the state directory. now is the clock.
func KnownClusters(stateDir string, now func() time.Time) Known {
	return Known{filepath.Join(stateDir, "clusters"), now}
}

// knownCluster is the file of one name.
type knownCluster struct {
	Name      string    `json:"name"`
	File      string    `json:"config_file,omitempty"` // that holds the context; "" of an address
	ClusterID string    `json:"cluster_id"`
	Since     time.Time `json:"since"`
}

// path is the file of a cluster's name. Contexts of the same name in two configuration files are two names.
func (k Known) path(c *config.Cluster) string {
	return filepath.Join(k.dir, format.Digest(c.File, c.Name)+".json")
}

// MovedError says that a name leads to another cluster than before.
type MovedError struct {
	Name    string
	Was, Is string // cluster ids
	Since   time.Time
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("%s has led to the cluster with the id %q since %s, and leads to %q now: nothing is changed. Where that is meant, say so first: kdeck config trust %s",
		e.Name, e.Was, e.Since.Format(time.DateOnly), e.Is, format.Shell(e.Name))
}

// Check returns a [*MovedError] where the name of a cluster led to another id before. A name that isn't known is remembered.
func (k Known) Check(c *config.Cluster, id string) error {
	if id == "" {
		return errors.New("the cluster doesn't say its id, so it can't be told from another: nothing is changed")
	}
	was, err := k.read(c)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k.Trust(c, id)
	case err != nil:
		return err
	case was.ClusterID != id:
		return &MovedError{Name: c.Name, Was: was.ClusterID, Is: id, Since: was.Since}
	}
	return nil
}

// ID is the id that the name of a cluster led to; "" where it isn't known. What can't be read is an error that names the file.
func (k Known) ID(c *config.Cluster) (string, error) {
	was, err := k.read(c)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return was.ClusterID, err
}

// Trust remembers that the name of a cluster leads to this id from now on.
func (k Known) Trust(c *config.Cluster, id string) error {
	line, err := printable.Marshal(knownCluster{c.Name, c.File, id, k.now().UTC()})
	if err == nil {
		err = files.WriteOwn(k.path(c), append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("the id of the cluster %s can't be remembered: %w", c.Name, err)
	}
	return nil
}

func (k Known) read(c *config.Cluster) (was knownCluster, err error) {
	text, err := files.ReadOwn(k.path(c), files.MaxState)
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	if err == nil && was.ClusterID == "" {
		err = errors.New("it holds no id")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return knownCluster{}, fmt.Errorf("%s, which says to what cluster %s leads, can't be read: %w: nothing is changed; say it anew: kdeck config trust %s",
			k.path(c), c.Name, err, format.Shell(c.Name))
	}
	return was, err
}
