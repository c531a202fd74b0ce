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

// tenantRow is the usage that brokers count for a user, a client id or a pair of them, summed over all brokers.
type tenantRow struct {
	tenant.Total
	id       table.ID
	rank     int // 0 is the worst
	standing tenant.Standing
	series   []view.TenantRow // by broker id
	cells    [20]string       // by column; "" where not written yet
	recent   recentCell
}

// recentCell is the text of a row's history, and the slot of time in which it was drawn.
type recentCell struct {
	slot int64
	text string
}

// usage is what the metrics of a State say of the brokers' clients.
type usage struct {
	of      *state.State
	rows    []tenantRow // the worst first
	index   map[table.ID]int
	brokers []int32 // the cluster's, in order
	missing []missingTenants
}

// missingTenants are brokers whose usage is unknown for the same reason.
type missingTenants struct {
	why     string
	brokers []int32
}

func usageID(b history.Bucket) table.ID {
	return table.ID{Name: string(b.Type) + "\x00" + b.User + "\x00" + b.ClientID}
}

// bucketOf is the inverse of usageID.
func bucketOf(id table.ID) history.Bucket {
	kind, rest, _ := strings.Cut(id.Name, "\x00")
	user, client, _ := strings.Cut(rest, "\x00")
	return history.Bucket{Type: tenant.Type(kind), User: user, ClientID: client}
}

func (r *tenantRow) bucket() history.Bucket {
	return history.Bucket{Type: r.Type, User: r.User, ClientID: r.ClientID}
}

// usageOf makes the rows of a State.
func usageOf(s *state.State) *usage {
	u := &usage{of: s, brokers: brokerIDs(s.Snapshot), missing: missingByReason(s)}
	series := view.TenantRows(s)
	totals := tenant.Totals(series, s.BrokersMeasured())
	rows := make([]tenantRow, len(totals))
	u.index = make(map[table.ID]int, len(totals))
	index := make(map[history.Bucket]int, len(totals))
	for i, t := range totals {
		rows[i].Total = t
		index[rows[i].bucket()] = i
	}
	// The series of all rows share one slice, those of a row side by side.
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
	u.rows = make([]tenantRow, len(rows))
	for i, at := range order {
		r := &u.rows[i]
		*r = rows[at]
		r.id, r.rank = usageID(r.bucket()), i
		u.index[r.id] = i
	}
	return u
}

// find returns the row with that identity, nil if there is none.
func (u *usage) find(id table.ID) *tenantRow {
	if i, ok := u.index[id]; ok {
		return &u.rows[i]
	}
	return nil
}

func brokerIDs(s *state.Snapshot) []int32 {
	ids := make([]int32, len(s.Brokers))
	for i := range s.Brokers {
		ids[i] = s.Brokers[i].ID
	}
	return ids
}

// missingByReason groups the brokers whose usage is unknown by the reason.
func missingByReason(s *state.State) []missingTenants {
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

// same tells whether the rows of a State would be the same: its metrics, quotas, threads and brokers are.
func (u *usage) same(s *state.State) bool {
	was := u.of
	return was == s ||
		was.Quotas.Known == s.Quotas.Known && was.Quotas.Value == s.Quotas.Value &&
			maps.EqualFunc(was.Metrics, s.Metrics, func(x, y state.Reading[*state.BrokerMetrics]) bool {
				return x.Known == y.Known && x.Value == y.Value && x.Why == y.Why
			}) &&
			maps.Equal(was.Threads, s.Threads) && len(was.TenantRules) == len(s.TenantRules) &&
			(was.Snapshot == s.Snapshot || slices.Equal(u.brokers, brokerIDs(s.Snapshot)))
}

// changedTenants returns, in order, the rows that are throttled and were not before, or were and no longer are.
func changedTenants(before, now *usage) []int32 {
	if before == nil || len(before.rows) == 0 {
		return nil
	}
	var changed []int32
	for i := range now.rows {
		r := &now.rows[i]
		was := before.find(r.id)
		if (was != nil && was.Throttling > 0) != (r.Throttling > 0) {
			changed = append(changed, int32(i))
		}
	}
	return changed
}

// on returns the series of a broker, nil if the broker doesn't count this usage.
func (r *tenantRow) on(broker int32) *view.TenantRow {
	i, ok := slices.BinarySearchFunc(r.series, broker, func(x view.TenantRow, id int32) int { return cmp.Compare(x.Broker, id) })
	if !ok {
		return nil
	}
	return &r.series[i]
}

// share returns which share of its limit a series uses; without a limit, which share of its broker's thread time. 1 is all.
func share(x *view.TenantRow) (of float64, limited, known bool) {
	if p, ok := x.Percent(); ok {
		return p / 100, true, true
	}
	if x.Limited || math.IsNaN(x.OfCapacity) {
		return 0, x.Limited, false
	}
	return x.OfCapacity / 100, false, true
}
