package state

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"kdeck/ops/tenant"
)

// fileMetrics is what one broker's exporter said, or why it said nothing.
type fileMetrics struct {
	Broker  int32                       `json:"broker"`
	Known   bool                        `json:"known"`
	At      time.Time                   `json:"at"`
	Why     string                      `json:"why,omitempty"`
	From    string                      `json:"from,omitempty"`
	Shown   *BrokerMetrics              `json:"metrics,omitempty"` // what answers show too
	Threads []fileThread                `json:"threads,omitempty"`
	Figures map[string]Reading[float64] `json:"figures,omitempty"` // the others; see unshown
	Usage   []fileUsage                 `json:"usage,omitempty"`
	Pillars []Pillar                    `json:"pillars,omitempty"`
	Read    time.Time                   `json:"read"` // when the exporter was read, which may be older than At
}

type fileThread struct {
	Listener  string           `json:"listener"`
	Number    string           `json:"number"`
	Idle      Reading[float64] `json:"idle"`
	Responses Reading[float64] `json:"responses"`
}

type fileUsage struct {
	Broker      int32            `json:"broker"`
	Type        tenant.Type      `json:"type"`
	User        string           `json:"user"`
	ClientID    string           `json:"client_id"`
	Rate        Reading[float64] `json:"rate"`
	ThrottleMS  Reading[float64] `json:"throttle_ms"`
	Approximate bool             `json:"approximate,omitempty"`
}

// unshown are the figures that no answer shows by these names.
func (m *BrokerMetrics) unshown() map[string]*Reading[float64] {
	return map[string]*Reading[float64]{
		"replication_in": &m.ReplicationIn, "replication_out": &m.ReplicationOut, "failed_produce": &m.FailedProduce, "failed_fetch": &m.FailedFetch,
		"isr_expands": &m.ISRExpands, "under_replicated": &m.UnderReplicated, "under_min_isr": &m.UnderMinISR, "leaders": &m.Leaders, "partitions": &m.Partitions,
		"offline_log_dirs": &m.OfflineLogDirs, "active_controller": &m.ActiveController, "exempt_request_time": &m.ExemptRequestTime,
		"dead_cleaners": &m.DeadCleaners, "uncleanable": &m.Uncleanable, "memory_pool_empty": &m.PoolEmpty,
		"leader_throttled": &m.LeaderThrottled, "follower_throttled": &m.FollowerThrottled,
	}
}

func filesOfMetrics(all map[int32]Reading[*BrokerMetrics]) []fileMetrics {
	var list []fileMetrics
	for _, id := range slices.Sorted(maps.Keys(all)) {
		r := all[id]
		f := fileMetrics{Broker: id, Known: r.Known, At: r.At.UTC(), Why: r.Why}
		if m := r.Value; m != nil {
			f.From, f.Read, f.Shown, f.Pillars, f.Figures = m.From, m.At.UTC(), m, m.Coverage.Pillars, map[string]Reading[float64]{}
			for _, p := range m.Processors {
				f.Threads = append(f.Threads, fileThread(p))
			}
			for name, v := range m.unshown() {
				if v.Known {
					f.Figures[name] = *v
				}
			}
			for _, u := range m.Usage {
				f.Usage = append(f.Usage, fileUsage{u.Broker, u.Type, u.User, u.ClientID, knownNumber(u.Rate), knownNumber(u.ThrottleMS), u.Approximate})
			}
		}
		list = append(list, f)
	}
	return list
}

// knownNumber is unknown for NaN.
func knownNumber(v float64) Reading[float64] {
	return Reading[float64]{Value: v, Known: !math.IsNaN(v)}
}

func metricsOfFile(list []fileMetrics) map[int32]Reading[*BrokerMetrics] {
	all := make(map[int32]Reading[*BrokerMetrics], len(list))
	for i := range list {
		f := &list[i]
		r := Reading[*BrokerMetrics]{Known: f.Known && f.Shown != nil, At: f.At, From: f.From, Why: f.Why}
		if m := f.Shown; m != nil {
			m.ID, m.At, m.From, m.Coverage.Pillars = f.Broker, f.Read, f.From, f.Pillars
			for _, t := range f.Threads {
				m.Processors = append(m.Processors, Processor(t))
			}
			for name, v := range m.unshown() {
				*v = f.Figures[name]
			}
			for _, u := range f.Usage {
				m.Usage = append(m.Usage, tenant.Usage{
					Broker: u.Broker, Type: u.Type, User: u.User, ClientID: u.ClientID, Rate: u.Rate.Or(math.NaN()), ThrottleMS: u.ThrottleMS.Or(math.NaN()), Approximate: u.Approximate,
				})
			}
			r.Value = m
		}
		all[f.Broker] = r
	}
	return all
}

// fileQuota is one quota record.
type fileQuota struct {
	Entity []tenant.EntityPart              `json:"entity"`
	Limits map[tenant.Type]Reading[float64] `json:"limits"`
}

func filesOfQuotas(q *tenant.Quotas) []fileQuota {
	list := []fileQuota{}
	for _, r := range q.List() {
		limits := map[tenant.Type]Reading[float64]{}
		for t, v := range r.Limits {
			limits[t] = knownNumber(v)
		}
		list = append(list, fileQuota{r.Entity.Parts(), limits})
	}
	return list
}

func quotasOfFile(list []fileQuota) (*tenant.Quotas, error) {
	var records []tenant.Quota
	for _, f := range list {
		entity, err := tenant.EntityOf(f.Entity)
		if err != nil {
			return nil, fmt.Errorf("a quota record of %w", err)
		}
		limits := map[tenant.Type]float64{}
		for t, v := range f.Limits {
			if v.Known {
				limits[t] = v.Value
			}
		}
		records = append(records, tenant.Quota{Entity: entity, Limits: limits})
	}
	return tenant.New(records), nil
}
