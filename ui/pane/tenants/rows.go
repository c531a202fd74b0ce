package tenants

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/table"
)

// tenantRow is one bucket over all brokers.
type tenantRow struct {
	tenant.Total
	id       table.ID
	rank     int // the worst first
	standing tenant.Standing
	series   []view.TenantRow // by broker
	cells    [16]string       // by column, those that are written
	spark    sparkline
}

// sparkline is a history as it was drawn last.
type sparkline struct {
	slot int64
	text string
}

// board is what the brokers' metrics say of their clients, worked out once for each time that they were read.
type board struct {
	of      *state.State
	rows    []tenantRow // the worst first
	at      map[table.ID]int
	brokers []int32 // of the cluster, in order
	missing []missingTenants
	custom  string // the cluster's own class that decides on quotas; "" none
}

// missingTenants are brokers of which no tenants are known, for one reason.
type missingTenants struct {
	why     string
	brokers []int32
}

func bucketID(b history.Bucket) table.ID {
	return table.ID{Name: string(b.Type) + "\x00" + b.User + "\x00" + b.ClientID}
}

// bucketOf is the inverse of bucketID.
func bucketOf(id table.ID) history.Bucket {
	kind, rest, _ := strings.Cut(id.Name, "\x00")
	user, client, _ := strings.Cut(rest, "\x00")
	return history.Bucket{Type: tenant.Type(kind), User: user, ClientID: client}
}

func (r *tenantRow) bucket() history.Bucket {
	return history.Bucket{Type: r.Type, User: r.User, ClientID: r.ClientID}
}

// gatherTenants makes the rows of a State.
func gatherTenants(s *state.State) *board {
	b := &board{of: s, brokers: brokerIDs(s.Snapshot), missing: gatherMissingTenants(s)}
	for _, t := range s.Threads {
		b.custom = max(b.custom, t.Callback)
	}
	series := view.TenantRows(s)
	totals := tenant.Totals(series, len(b.brokers))
	rows := make([]tenantRow, len(totals))
	b.at = make(map[table.ID]int, len(totals))
	index := make(map[history.Bucket]int, len(totals))
	for i, t := range totals {
		rows[i].Total = t
		index[rows[i].bucket()] = i
	}
	// Every row's series lie side by side in one list.
	next := make([]int, len(totals)+1)
	for i := range totals {
		next[i+1] = next[i] + totals[i].Brokers
	}
	all := make([]view.TenantRow, len(series))
	for _, x := range series {
		i := index[history.Bucket{Type: x.Type, User: x.User, ClientID: x.ClientID}]
		all[next[i]] = x
		next[i]++
	}
	from := 0
	order := make([]int, len(rows))
	for i := range rows {
		r := &rows[i]
		order[i] = i
		r.series = all[from:next[i]]
		from = next[i]
		slices.SortFunc(r.series, func(x, y view.TenantRow) int { return cmp.Compare(x.Broker, y.Broker) })
		r.standing = r.Standing()
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(rows[x].standing, rows[y].standing) })
	b.rows = make([]tenantRow, len(rows))
	for i, at := range order {
		r := &b.rows[i]
		*r = rows[at]
		r.id, r.rank = bucketID(r.bucket()), i
		b.at[r.id] = i
	}
	return b
}

func brokerIDs(s *state.Snapshot) []int32 {
	ids := make([]int32, len(s.Brokers))
	for i := range s.Brokers {
		ids[i] = s.Brokers[i].ID
	}
	return ids
}

// gatherMissingTenants gathers by reason the brokers that show no tenants.
func gatherMissingTenants(s *state.State) []missingTenants {
	var list []missingTenants
	for _, m := range view.TenantsMissing(s) {
		i := slices.IndexFunc(list, func(o missingTenants) bool { return o.why == m.Why })
		if i < 0 {
			i = len(list)
			list = append(list, missingTenants{why: m.Why})
		}
		list[i].brokers = append(list[i].brokers, m.Node)
	}
	return list
}

// stands tells whether the board says of a State what would be worked out of it anew: its metrics, quotas, threads and
// brokers are the same.
func (b *board) stands(s *state.State) bool {
	was := b.of
	return was == s ||
		was.Quotas.Known == s.Quotas.Known && was.Quotas.Value == s.Quotas.Value &&
			maps.EqualFunc(was.Metrics, s.Metrics, func(x, y state.Reading[*state.BrokerMetrics]) bool {
				return x.Known == y.Known && x.Value == y.Value && x.Why == y.Why
			}) &&
			maps.Equal(was.Threads, s.Threads) && len(was.TenantRules) == len(s.TenantRules) &&
			(was.Snapshot == s.Snapshot || slices.Equal(b.brokers, brokerIDs(s.Snapshot)))
}

// changedTenants returns, in order, the rows that are held back and were not before, or the other way round.
func changedTenants(before, now *board) []int32 {
	if before == nil || len(before.rows) == 0 {
		return nil
	}
	var changed []int32
	for i := range now.rows {
		r := &now.rows[i]
		was := false
		if at, ok := before.at[r.id]; ok {
			was = before.rows[at].Throttling > 0
		}
		if was != (r.Throttling > 0) {
			changed = append(changed, int32(i))
		}
	}
	return changed
}

// on is the series of a row on one broker, nil where that doesn't count it.
func (r *tenantRow) on(broker int32) *view.TenantRow {
	i, ok := slices.BinarySearchFunc(r.series, broker, func(x view.TenantRow, id int32) int { return cmp.Compare(x.Broker, id) })
	if !ok {
		return nil
	}
	return &r.series[i]
}

// share is how full a series' bucket is: of its limit, or of its broker's threads where no limit is known; 1 is full.
func share(x *view.TenantRow) (of float64, limited, known bool) {
	if p, ok := x.Percent(); ok {
		return p / 100, true, true
	}
	if x.Limited || math.IsNaN(x.OfCapacity) {
		return 0, x.Limited, false
	}
	return x.OfCapacity / 100, false, true
}
