package reassign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/files"
	"kdeck/protocol/printable"
)

// ledgerVersion is the version of ledger files.
const ledgerVersion = 1

// ledger lists the throttle settings that have to be put back, and the moves that are in flight under them. Each entry is on
// disk before its request is sent, so that the next run can clean up after one that was killed. An entry's change may never
// have happened, but no change happens without an entry.
type ledger struct {
	Version   int         `json:"version"`
	ClusterID string      `json:"cluster_id"`
	Stages    []string    `json:"stages"` // of the last run, to be read by people
	Started   time.Time   `json:"started"`
	Rates     []rateEntry `json:"rates"`
	Lists     []listEntry `json:"lists"`
	Moves     []moveEntry `json:"moves"`
	Cordons   []rateEntry `json:"cordons,omitempty"` // brokers that were cordoned

	path  string
	saved []byte // what is on disk
}

// rateEntry is a rate that was set on a broker.
type rateEntry struct {
	Broker int32    `json:"broker"`
	Config string   `json:"config"`
	Prior  *string  `json:"prior"` // the value of others; nil: it was not set
	Ours   []string `json:"ours"`  // every value that we may have set since, oldest first
}

// listEntry is what was added to a topic's list of throttled replicas.
type listEntry struct {
	Topic  string   `json:"topic"`
	Config string   `json:"config"`
	WasSet bool     `json:"was_set"` // others had set the config, perhaps to an empty list
	Shared bool     `json:"shared"`  // it had replicas of others, who may have taken them off since
	Added  []string `json:"added"`   // "partition:broker", only those that were not on it
}

// moveEntry is a reassignment that was submitted and isn't known to have ended. A partition has several where one was
// submitted while another was in flight: the controller may have refused the later one.
type moveEntry struct {
	change.TopicPartition
	Before []int32 `json:"before"`
	Target []int32 `json:"target"`
}

func ledgerPath(stateDir, clusterID string) string {
	return filepath.Join(stateDir, "ledger", change.FileName(clusterID)+".json")
}

// openLedger reads the cluster's ledger; where there is none it is empty.
func openLedger(stateDir, clusterID string) (*ledger, error) {
	path := ledgerPath(stateDir, clusterID)
	l := &ledger{Version: ledgerVersion, ClusterID: clusterID, Started: time.Now().UTC(), path: path}
	data, err := files.ReadOwn(path, files.MaxState)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the throttle ledger can't be read: %w", err)
	}
	l.saved = data
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("the throttle ledger %s is damaged (%w): look at what it holds, put that back by hand and remove it", path, err)
	}
	if l.Version != ledgerVersion {
		return nil, fmt.Errorf("the throttle ledger %s has version %d, and this kdeck knows %d only", path, l.Version, ledgerVersion)
	}
	if l.ClusterID != clusterID {
		return nil, fmt.Errorf("the throttle ledger %s is of the cluster with the id %q, not %q", path, l.ClusterID, clusterID)
	}
	for _, r := range slices.Concat(l.Rates, l.Cordons) {
		if len(r.Ours) == 0 {
			return nil, fmt.Errorf("the throttle ledger %s is damaged: it doesn't say what %s of broker %d was set to", path, r.Config, r.Broker)
		}
	}
	return l, nil
}

func (l *ledger) empty() bool { return len(l.Rates)+len(l.Lists)+len(l.Moves)+len(l.Cordons) == 0 }

// save writes the ledger to disk if it changed, or if somebody removed it. An empty ledger leaves no file. Where that fails, the error
// is a [*files.WriteError].
func (l *ledger) save() error {
	if l.empty() {
		l.saved = nil
		if err := files.RemoveOwn(l.path); err != nil {
			return fmt.Errorf("the throttle ledger %w", err)
		}
		return nil
	}
	data, err := printable.MarshalIndent(l, " ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if bytes.Equal(data, l.saved) && exists(l.path) {
		return nil
	}
	l.saved = nil
	if err := files.WriteLasting(l.path, data); err != nil {
		return fmt.Errorf("the throttle ledger %w", err)
	}
	l.saved = data
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (l *ledger) rate(broker int32, config string) *rateEntry {
	i := slices.IndexFunc(l.Rates, func(e rateEntry) bool { return e.Broker == broker && e.Config == config })
	if i < 0 {
		return nil
	}
	return &l.Rates[i]
}

// setRate records that a rate is about to be set to value. now is the present value, nil if there is none. It reports whether
// the rate has to be set at all.
func (l *ledger) setRate(broker int32, config string, now *string, value string) bool {
	e := l.rate(broker, config)
	ours := e != nil && now != nil && slices.Contains(e.Ours, *now)
	switch {
	case ours:
		if *now == value && e.Ours[len(e.Ours)-1] == value {
			return false
		}
		e.Ours = append(without(e.Ours, []string{value}), value) // a run that chooses its throttle changes it for hours
	case now != nil && *now == value:
		return false // others set the same value, and will remove it
	case e != nil && equal(e.Prior, now):
		e.Ours = append(without(e.Ours, []string{value}), value)
	case e != nil: // others changed it since: put back their value
		e.Prior, e.Ours = now, []string{value}
	default:
		l.Rates = append(l.Rates, rateEntry{Broker: broker, Config: config, Prior: now, Ours: []string{value}})
	}
	return true
}

func equal(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// addToList records that replicas are about to be added to a topic's list. now is the present list, nil if it is not set. It
// returns the replicas that are not on it yet.
func (l *ledger) addToList(topic, config string, now *string, want []string) (missing []string) {
	listed := splitList(now)
	if slices.Contains(listed, "*") {
		return nil // every replica is throttled already
	}
	i := slices.IndexFunc(l.Lists, func(e listEntry) bool { return e.Topic == topic && e.Config == config })
	for _, w := range want {
		if !slices.Contains(listed, w) {
			missing = append(missing, w)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if i < 0 {
		l.Lists = append(l.Lists, listEntry{Topic: topic, Config: config, WasSet: now != nil, Shared: len(listed) > 0})
		i = len(l.Lists) - 1
	}
	for _, m := range missing {
		if !slices.Contains(l.Lists[i].Added, m) {
			l.Lists[i].Added = append(l.Lists[i].Added, m)
		}
	}
	return missing
}

// overOurs tells whether a rate that is set now was set by others over one of ours.
func (e *rateEntry) overOurs(now *string) bool {
	return e != nil && now != nil && !equal(e.Prior, now) && !slices.Contains(e.Ours, *now)
}

// hasOthers tells whether a topic's list has replicas that others put there.
func (l *ledger) hasOthers(topic, config string, now *string) bool {
	ours := slices.IndexFunc(l.Lists, func(e listEntry) bool { return e.Topic == topic && e.Config == config })
	return slices.ContainsFunc(splitList(now), func(s string) bool {
		return s != "*" && (ours < 0 || !slices.Contains(l.Lists[ours].Added, s))
	})
}

// split divides what was added into the replicas of partitions that stand still and of those that are being moved.
func (e listEntry) split(ongoing map[change.TopicPartition]reassignment) (still, moving []string) {
	for _, s := range e.Added {
		if n, err := strconv.ParseInt(partitionOf(s), 10, 32); err == nil {
			if _, found := ongoing[change.TopicPartition{Topic: e.Topic, Partition: int32(n)}]; found {
				moving = append(moving, s)
				continue
			}
		}
		still = append(still, s)
	}
	return still, moving
}

// takeOff forgets entries of a topic's list that aren't on it any more.
func (l *ledger) takeOff(topic, config string, entries []string) {
	i := slices.IndexFunc(l.Lists, func(e listEntry) bool { return e.Topic == topic && e.Config == config })
	if i < 0 {
		return
	}
	if l.Lists[i].Added = without(l.Lists[i].Added, entries); len(l.Lists[i].Added) == 0 {
		l.Lists = slices.Delete(l.Lists, i, i+1)
	}
}

// partitionOf is the partition of an entry "partition:broker".
func partitionOf(entry string) string {
	partition, _, _ := strings.Cut(entry, ":")
	return partition
}

// setLists replaces what was added to the lists. Entries of the same list become one.
func (l *ledger) setLists(entries []listEntry) {
	l.Lists = nil
	for _, e := range entries {
		i := slices.IndexFunc(l.Lists, func(o listEntry) bool { return o.Topic == e.Topic && o.Config == e.Config })
		if i < 0 {
			l.Lists = append(l.Lists, e)
			continue
		}
		l.Lists[i].Added = append(l.Lists[i].Added, e.Added...)
	}
}

// hasMove tells whether a move of the partition to target is in the ledger.
func (l *ledger) hasMove(tp change.TopicPartition, target []int32) bool {
	return slices.ContainsFunc(l.Moves, func(m moveEntry) bool { return m.is(tp, target) })
}

// before returns the replicas that a partition goes back to when its reassignment is cancelled: in their order, where it is
// one of the ledger's.
func (l *ledger) before(tp change.TopicPartition, f reassignment) []int32 {
	original := f.original()
	for _, m := range l.Moves {
		if m.is(tp, f.target()) && len(m.Before) == len(original) && len(without(m.Before, original)) == 0 {
			return m.Before
		}
	}
	return original
}

func (m moveEntry) is(tp change.TopicPartition, target []int32) bool {
	return m.TopicPartition == tp && slices.Equal(m.Target, target)
}

func (l *ledger) addMove(m moveEntry) {
	if !l.hasMove(m.TopicPartition, m.Target) {
		l.Moves = append(l.Moves, m)
	}
}

// dropMove forgets a move that was never taken.
func (l *ledger) dropMove(tp change.TopicPartition, target []int32) {
	l.Moves = slices.DeleteFunc(l.Moves, func(m moveEntry) bool { return m.is(tp, target) })
}

// dropMoves forgets all moves of a partition: none of them is in flight any more.
func (l *ledger) dropMoves(tp change.TopicPartition) {
	l.Moves = slices.DeleteFunc(l.Moves, func(m moveEntry) bool { return m.TopicPartition == tp })
}
