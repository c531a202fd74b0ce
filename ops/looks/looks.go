// Package looks keeps on this machine how a cluster looked a short while ago and when it was last healthy, so that one can ask later what has changed since.
// It keeps a few looks of a cluster, ten minutes apart, as snapshot files. Start reading at [List] and [Keep].
package looks

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/files"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

const (
	// Every is the time from one look that is kept to the next.
	Every = 10 * time.Minute

	most      = 12                 // looks of a cluster that are kept, beside the latest healthy one
	mostBytes = 64 << 20           // of all of them
	oldest    = 7 * 24 * time.Hour // what is older isn't kept

	// MaxPartitions is how many partitions a cluster may have whose looks are kept: 300,000 take some seconds and 10 MB.
	MaxPartitions = 300_000
)

// A Look is one that is kept.
type Look struct {
	Taken   time.Time
	Verdict state.Verdict
	path    string
	size    int64
}

const suffix = ".json.gz"

func dirOf(stateDir, cluster string) string {
	return filepath.Join(stateDir, "looks", format.Digest(cluster)[:32])
}

func nameOf(l Look) string {
	return fmt.Sprintf("%d-%s%s", l.Taken.UnixMilli(), cmp.Or(l.Verdict, state.VerdictUnknown), suffix)
}

// List returns the looks that are kept of a cluster, the latest first. Those that claim to be of a time to come are left out.
func List(stateDir, cluster string, now time.Time) ([]Look, error) {
	dir := dirOf(stateDir, cluster)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Look
	for _, e := range entries {
		at, verdict, _ := strings.Cut(strings.TrimSuffix(e.Name(), suffix), "-")
		ms, err := strconv.ParseInt(at, 10, 64)
		info, statErr := e.Info()
		if err != nil || statErr != nil || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if taken := time.UnixMilli(ms); !taken.After(now) {
			list = append(list, Look{taken, state.Verdict(verdict), filepath.Join(dir, e.Name()), info.Size()})
		}
	}
	slices.SortFunc(list, func(a, b Look) int { return b.Taken.Compare(a.Taken) })
	return list, nil
}

// Healthy returns the latest of the looks at which the cluster was healthy.
func Healthy(list []Look) (Look, bool) {
	i := slices.IndexFunc(list, func(l Look) bool { return l.Verdict == state.VerdictHealthy })
	if i < 0 {
		return Look{}, false
	}
	return list[i], true
}

// Before returns the latest of the looks that was taken at that time or before.
func Before(list []Look, at time.Time) (Look, bool) {
	i := slices.IndexFunc(list, func(l Look) bool { return !l.Taken.After(at) })
	if i < 0 {
		return Look{}, false
	}
	return list[i], true
}

// Load reads a look.
func (l Look) Load() (*state.State, error) {
	packed, err := files.ReadOwn(l.path, files.MaxState)
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	s, err := state.LoadState(files.Limit(r, l.path, files.MaxSnapshot))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	return s, nil
}

// Due tells whether it is time to keep another look with that verdict.
func Due(list []Look, v state.Verdict, now time.Time) bool {
	if v == state.VerdictHealthy {
		l, ok := Healthy(list)
		return !ok || now.Sub(l.Taken) >= Every
	}
	return len(list) == 0 || now.Sub(list[0].Taken) >= Every
}

// Keep keeps a look, which save writes as a snapshot file, and lets go of the oldest ones. Errors are [*files.WriteError] and those of save.
func Keep(stateDir, cluster string, taken time.Time, v state.Verdict, save func(io.Writer) error) error {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if err := errors.Join(save(w), w.Close()); err != nil {
		return err
	}
	l := Look{Taken: taken, Verdict: v}
	if err := files.WriteOwn(filepath.Join(dirOf(stateDir, cluster), nameOf(l)), packed.Bytes()); err != nil {
		return err
	}
	list, err := List(stateDir, cluster, taken)
	if err != nil {
		return err
	}
	return prune(list, taken)
}

// prune removes the looks that are too many, too large together, or too old; never the first of the list, and never the latest healthy one for its size.
func prune(list []Look, now time.Time) (err error) {
	healthy, _ := Healthy(list)
	kept, bytes := 0, int64(0)
	for i, l := range list {
		if kept++; now.Sub(l.Taken) <= oldest && (i == 0 || l == healthy || kept <= most && bytes+l.size <= mostBytes) {
			bytes += l.size
			continue
		}
		err = errors.Join(err, files.RemoveOwn(l.path))
	}
	return err
}
