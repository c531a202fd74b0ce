package watch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/protocol"
)

// brokerAnswer is what one broker says of itself.
type brokerAnswer struct {
	by       string // who answered in its place; "": nobody
	took     state.Reading[time.Duration]
	answer   state.Reading[time.Duration] // to ApiVersions
	connect  state.Reading[time.Duration] // anew
	offset   state.Reading[int64]
	dirs     state.Reading[[]state.LogDir]
	cordoned state.Reading[bool]
	sizes    *kmsg.DescribeLogDirsResponse // nil where dirs is unknown, or all brokers list too many replicas
	versions *kmsg.ApiVersionsResponse
}

// maxAtOnce is how many brokers are asked at the same time, and maxWaves how many deadlines the others wait for their turn. Each takes a
// connection, of which a process may not have more than its limit of open files.
const (
	maxAtOnce = 512
	maxWaves  = 3
)

// askBroker asks one broker for its API versions and its log dirs. Both share the broker's deadline.
func (l *look) askBroker(ctx context.Context, id int32, addr string) {
	a, err := l.metadata.sign, l.sharesAddress(id, addr)
	turn, waited := context.WithTimeout(ctx, maxWaves*l.o.Deadline)
	defer waited()
	select {
	case l.turns <- struct{}{}:
		defer func() { <-l.turns }()
	case <-turn.Done():
		err = errors.New("not asked: the brokers before it took too long")
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	if err == nil && addr != l.metadata.from {
		a, err = l.askSign(ctx, addr)
	}
	l.count()
	if err == nil {
		err = l.askLogDirs(ctx, a, id, addr)
	}
	if err != nil {
		a = &brokerAnswer{by: answersInstead(err)}
		a.silent(reason(err), l.o.Now(), addr)
		l.miss(id, state.WhatAnswer, reason(err))
	}
	l.mu.Lock()
	l.brokers[id] = a
	l.mu.Unlock()
}

// silent marks everything of the broker as unknown.
func (a *brokerAnswer) silent(why string, at time.Time, addr string) {
	a.took = state.Missing[time.Duration](why, at, addr)
	a.answer = a.took
	a.offset = state.Missing[int64](why, at, addr)
	a.dirs = state.Missing[[]state.LogDir](why, at, addr)
	a.cordoned = state.Missing[bool](why, at, addr)
}

// askSign asks which APIs the broker serves. It is the cheapest sign of life, and carries the offset of the broker's own metadata
// (FinalizedFeaturesEpoch, ApiVersions v3 and later).
func (l *look) askSign(ctx context.Context, addr string) (*brokerAnswer, error) {
	if addr == "" {
		return nil, nonsense("the metadata gives no address that can be dialed")
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	start := l.o.Now()
	v, err := l.session.Refresh(ctx, addr)
	switch {
	case err != nil:
		return nil, err
	case v == nil || len(v.ApiKeys) == 0:
		return nil, nonsense("it serves no API")
	}
	now := l.o.Now()
	a := &brokerAnswer{versions: v, took: state.Read(now.Sub(start), now, addr), answer: state.Read(l.session.AnswerTime(addr), now, addr)}
	if v.FinalizedFeaturesEpoch < 0 || v.Version < 3 {
		a.offset = state.Missing[int64]("the broker doesn't tell it", now, addr)
	} else {
		a.offset = state.Read(v.FinalizedFeaturesEpoch, now, addr)
	}
	return a, nil
}

// askLogDirs asks for all log dirs and the replicas in them. It is an error where another broker answers.
func (l *look) askLogDirs(ctx context.Context, a *brokerAnswer, id int32, addr string) error {
	resp, err := l.logDirs(ctx, addr, kafka.Identity{Broker: id, ClusterID: l.metadata.clusterID})
	if answersInstead(err) != "" {
		return err
	}
	now := l.o.Now()
	if err != nil {
		a.dirs = state.Missing[[]state.LogDir](err.Error(), now, addr)
		l.miss(id, state.WhatLogDirs, err.Error())
	} else {
		a.dirs = state.Read(readDirs(resp), now, addr)
		if l.keepsSizes(resp) {
			a.sizes = resp
		} else {
			l.miss(id, state.WhatLogDirs, fmt.Sprintf("the sizes of its replicas are left out: the brokers list more than %s together", format.Thousands(maxListed)))
		}
	}
	_, newest, _ := protocol.VersionRange(a.versions, kmsg.DescribeLogDirs.Int16())
	switch {
	case newest < 5: // KIP-1066, Kafka 4.3: before that there is nothing to be cordoned
		a.cordoned = state.Read(false, now, addr)
	case err != nil:
		a.cordoned = state.Missing[bool](err.Error(), now, addr)
	default:
		a.cordoned = state.Read(allCordoned(a.dirs.Value), now, addr)
	}
	return nil
}

// maxListed is how many replicas the answers of all brokers may list that are held at the same time. A million partitions have three
// million.
const maxListed = 5_000_000

// keepsSizes tells whether there is room for the replicas that an answer lists, and takes it.
func (l *look) keepsSizes(resp *kmsg.DescribeLogDirsResponse) bool {
	n := 0
	for i := range resp.Dirs {
		for j := range resp.Dirs[i].Topics {
			n += 1 + len(resp.Dirs[i].Topics[j].Partitions)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listed+n > maxListed {
		return false
	}
	l.listed += n
	return true
}

func (l *look) logDirs(ctx context.Context, addr string, broker kafka.Identity) (*kmsg.DescribeLogDirsResponse, error) {
	req := kmsg.NewPtrDescribeLogDirsRequest()
	req.Topics = nil
	l.count()
	answer, err := l.session.AskBroker(ctx, addr, broker, req, func(answer kmsg.Response) kafka.Shown { return l.metadata.shows(broker.Broker, answer) })
	if answersInstead(err) != "" {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s", reason(err))
	}
	resp, ok := answer.(*kmsg.DescribeLogDirsResponse)
	switch {
	case !ok:
		return nil, nonsense("it describes no log dirs")
	case resp.ErrorCode != 0:
		return nil, fmt.Errorf("%s", refusal(resp.ErrorCode, describeCluster))
	case len(resp.Dirs) == 0 && resp.Version < 3:
		// Before v3 there is no error code, and who may not ask gets an empty list (KAFKA-12637).
		return nil, fmt.Errorf("it lists none: the ACL %s is needed", describeCluster)
	case len(resp.Dirs) == 0:
		return nil, nonsense("it has no log dir")
	}
	return resp, nil
}

func readDirs(resp *kmsg.DescribeLogDirsResponse) []state.LogDir {
	dirs := make([]state.LogDir, len(resp.Dirs))
	for i := range resp.Dirs {
		in := &resp.Dirs[i]
		d := state.LogDir{Path: in.Dir, Total: -1, Usable: -1, Cordoned: resp.Version >= 5 && in.IsCordoned}
		if in.ErrorCode != 0 {
			d.Error = errorName(in.ErrorCode)
		}
		if resp.Version >= 4 {
			d.Total, d.Usable = max(-1, in.TotalBytes), max(-1, in.UsableBytes)
		}
		for _, t := range in.Topics {
			for _, p := range t.Partitions {
				if p.IsFuture {
					d.Future++
				} else {
					d.Replicas++
				}
				if size := max(0, p.Size); d.Size > math.MaxInt64-size {
					d.Size = math.MaxInt64
				} else {
					d.Size += size
				}
			}
		}
		dirs[i] = d
	}
	return dirs
}

// allCordoned tells whether every log dir that is not offline is cordoned.
func allCordoned(dirs []state.LogDir) bool {
	well := 0
	for _, d := range dirs {
		if d.Error != "" {
			continue
		}
		if !d.Cordoned {
			return false
		}
		well++
	}
	return well > 0
}

// addSizes adds the sizes of the broker's replicas to the snapshot, and collects the topics that the metadata doesn't list.
func (a *brokerAnswer) addSizes(b *state.Builder, m *metadata, id int32, unlisted map[string]bool) {
	if a.sizes == nil {
		return
	}
	for dir := range a.sizes.Dirs {
		for _, t := range a.sizes.Dirs[dir].Topics {
			if m.topic(t.Topic) == nil {
				unlisted[t.Topic] = true
				continue
			}
			for _, p := range t.Partitions {
				if !p.IsFuture && p.Size >= 0 {
					b.Size(t.Topic, p.Partition, id, p.Size, dir)
				}
			}
		}
	}
}
