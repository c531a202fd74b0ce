package view

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// TenantRow is one series with its limit and its share of its broker's threads.
type TenantRow = tenant.Row

// who writes a tag of a series; a dash where the series doesn't have it.
func who(tag string) string { return or(tag, "-") }

// nearly writes a tag with ~ before it where the exporter lost letters.
func nearly(tag string, approximate bool) string {
	if approximate && tag != "" {
		return "~" + tag
	}
	return who(tag)
}

// usageUnits are the units of what clients use.
const usageUnits = "bytes a second, request time in percent of one thread, or mutations a second"

// TenantColumns are the columns of tenants.
func TenantColumns() []Column[TenantRow] {
	share := func(_ TenantRow, v float64) string { return format.Percent(v) }
	return []Column[TenantRow]{
		Text("USER", "user", "the user that the broker counts it for; - where they are counted without one, ~ where the exporter lost letters", func(r TenantRow) string { return nearly(r.User, r.Approximate) }),
		Text("CLIENT ID", "client_id", "the client id that the broker counts it for; - where they are counted without one, ~ where the exporter lost letters", func(r TenantRow) string { return nearly(r.ClientID, r.Approximate) }),
		Text("TYPE", "type", "what is counted and limited, in Kafka's name for the quota", func(r TenantRow) string { return string(r.Type) }),
		Count("BROKER", "broker", "id of the broker that counts it: a quota holds on each broker by itself", func(r TenantRow) int { return int(r.Broker) }),
		Number("USAGE", "usage", "what it uses on this broker: "+usageUnits+"; ?? where the broker's exporter doesn't tell", func(r TenantRow) float64 { return r.Rate },
			func(r TenantRow, v float64) string { return r.Type.Amount(v) }),
		Figure("LIMIT", "limit", "its limit on this broker, of controller mutations in the whole cluster; - for none, ?? where the quota records don't tell it", func(r TenantRow) float64 { return limit(r.Bound) },
			func(r TenantRow) string { return limitOf(r.Type, r.Bound) }),
		Figure("USED", "percent", "USAGE in percent of LIMIT; - without a limit, ?? where one of them isn't known", percentOf, percentText),
		Number("THROTTLE", "throttle_ms", "mean throttle time in ms of the responses that this broker throttled in the last minute, 0 for none; ?? where its exporter doesn't tell", func(r TenantRow) float64 { return r.ThrottleMS },
			func(_ TenantRow, v float64) string { return format.WholeMillis(v) }),
		Number("OF THREADS", "of_threads", "its request time in percent of what all threads of this broker (handlers and network) could do; ?? for other types, or where num.io.threads isn't known", func(r TenantRow) float64 { return r.OfCapacity }, share),
		Number("OF BUSY", "of_busy", "its request time in percent of what the broker's threads did for all requests; ?? for other types, or where the exempt request time isn't exported", func(r TenantRow) float64 { return r.OfBusy }, share),
		boundBy(func(r TenantRow) tenant.Bound { return r.Bound }),
		Wide(Text("TENANT", "tenant", "the tenant that the rules of the context put it to; - for none", func(r TenantRow) string { return who(r.Tenant) })),
	}
}

// TotalColumns are the columns of buckets over all brokers.
func TotalColumns() []Column[tenant.Total] {
	type total = tenant.Total
	return []Column[total]{
		Text("USER", "user", "the user that the brokers count it for; - where they are counted without one, ~ where the exporter lost letters", func(t total) string { return nearly(t.User, t.Worst.Approximate) }),
		Text("CLIENT ID", "client_id", "the client id that the brokers count it for; - where they are counted without one, ~ where the exporter lost letters", func(t total) string { return nearly(t.ClientID, t.Worst.Approximate) }),
		Text("TYPE", "type", "what is counted and limited: bytes of produce or fetch, thread time of requests, or controller mutations", func(t total) string { return string(t.Type) }),
		{Head: "STATE", Name: "state", Help: fmt.Sprintf("how it stands on the broker where that is worst: throttled (and the longest mean throttle time of a broker in the last minute), over its limit, near it (%s of it or more), heavy (no known limit, %s of a broker's threads or more), within, unlimited; ?? where usage or limit isn't known",
			format.Percent(100*tenant.NearShare), format.Percent(100*tenant.HeavyShare)), Cell: standing, Key: func(t total) int64 {
			if s := t.Standing(); s != tenant.Unmeasured {
				return int64(s)
			}
			return NoValue
		}},
		Number("USAGE", "worst_usage", "what it uses on the broker under ON: "+usageUnits+"; ?? where the broker's exporter doesn't tell", func(t total) float64 { return t.Worst.Rate },
			func(t total, v float64) string { return t.Type.Amount(v) }),
		Figure("LIMIT", "limit", "its limit on each broker by itself, of controller mutations in the whole cluster; - for none, ?? where the quota records don't tell it", func(t total) float64 { return limit(t.Bound) },
			func(t total) string { return limitOf(t.Type, t.Bound) }),
		Figure("USED", "percent", "USAGE in percent of LIMIT; - without a limit, ?? where one of them isn't known", func(t total) float64 { return percentOf(t.Worst) },
			func(t total) string { return percentText(t.Worst) }),
		Count("ON", "worst_broker", "the broker where it stands worst: throttled, nearest to its limit or, without one, with the most usage", func(t total) int { return int(t.Worst.Broker) }),
		{Head: "THROTTLED BY", Name: "throttling", Help: "ids of the brokers that throttle it, or how many of them first; it is sorted by the longest throttle time",
			Cell: throttledBy, Key: func(t total) int64 {
				if t.Throttling == 0 {
					return NoValue
				}
				return Key(t.LongestMS)
			}},
		Number("ALL BROKERS", "usage", "its usage summed over all brokers, never to be compared with LIMIT, which holds on each; ?? where no exporter tells", func(t total) float64 { return t.Rate },
			func(t total, v float64) string { return t.Type.Amount(v) }),
		Figure("IF EVEN", "nominal_percent", "percent of its limit on each broker if ALL BROKERS were spread evenly over them; - without a limit, ?? where one of them isn't known", func(t total) float64 { return t.NominalShare },
			func(t total) string {
				if !t.Limited {
					return "-"
				}
				return format.Percent(t.NominalShare)
			}),
		Number("SKEW", "skew", "its largest usage on a broker as a multiple of the mean over the brokers that tell it: 1.0x is spread evenly; ?? where it isn't known", func(t total) float64 { return t.Skew },
			func(_ total, v float64) string {
				var b [16]byte
				return string(append(strconv.AppendFloat(b[:0], v, 'f', 1, 64), 'x'))
			}),
		Wide(Figure("OF THREADS", "of_threads", "its request time in percent of what all threads of a broker (handlers and network) could do, on the broker where that is highest; - for other types, ?? where it isn't known",
			func(t total) float64 { return t.OfThreads }, func(t total) string {
				if math.IsNaN(t.OfThreads) && t.Type != tenant.RequestPercentage {
					return "-"
				}
				return format.Percent(t.OfThreads)
			})),
		Wide(Text("TENANT", "tenant", "the tenant that the rules of the context put it to; - for none", func(t total) string { return who(t.Tenant) })),
		boundBy(func(t total) tenant.Bound { return t.Bound }),
	}
}

// boundBy makes the column of the record that a limit comes from.
func boundBy[R any](get func(R) tenant.Bound) Column[R] {
	return Column[R]{Head: "BOUND BY", Name: "level", Help: "level (1 to 8, in Kafka's order of precedence) and quota record that the limit comes from; - without a limit", Wide: true,
		Cell: func(r R) string {
			b := get(r)
			switch b.Level {
			case 0:
				return "-"
			case tenant.UnknownLevel:
				return format.Unknown
			}
			return strconv.Itoa(int(b.Level)) + " " + b.Entity.String()
		},
		Key: func(r R) int64 {
			if l := get(r).Level; l > 0 {
				return int64(l)
			}
			return NoValue
		}}
}

// standing is how a bucket stands and, of one that is throttled, for how long at the most.
func standing(t tenant.Total) string {
	switch s := t.Standing(); s {
	case tenant.Unmeasured:
		return format.Unknown
	case tenant.Throttled:
		return s.String() + " " + format.WholeMillis(t.LongestMS)
	default:
		return s.String()
	}
}

// throttledBy names the brokers that throttle a bucket: "2 7", "all 12"; where they are many, how many first.
func throttledBy(t tenant.Total) string {
	const short = 16
	if t.Throttling == 0 {
		return ""
	}
	text := IDs(t.ThrottledBy)
	switch {
	case len(text) <= short:
		return text
	case t.Throttling == t.Brokers:
		return "all " + strconv.Itoa(t.Brokers)
	}
	return strconv.Itoa(t.Throttling) + ": " + text
}

// TenantsJSON is the answer of `kdeck tenants`.
type TenantsJSON struct {
	Envelope
	Tenants []TenantJSON `json:"tenants"`
	Totals  []TotalJSON  `json:"totals"`
}

// TotalJSON is one bucket over all brokers.
type TotalJSON struct {
	User           *string     `json:"user"`
	ClientID       *string     `json:"client_id"`
	Type           tenant.Type `json:"type"`
	Usage          *float64    `json:"usage"` // on all brokers together
	Limit          *float64    `json:"limit"` // on each broker
	WorstBroker    int32       `json:"worst_broker"`
	WorstUsage     *float64    `json:"worst_usage"` // on that broker
	WorstPercent   *float64    `json:"worst_percent"`
	NominalPercent *float64    `json:"nominal_percent"`
	Skew           *float64    `json:"skew"`
	Brokers        int         `json:"brokers"`
	Throttling     int         `json:"brokers_throttling"`
	ThrottleMS     float64     `json:"throttle_ms"`
	Tenant         *string     `json:"tenant"`
	OfThreads      *float64    `json:"percent_of_threads"`
	Standing       string      `json:"standing"`
	// Approximate: the exporter wrote the names in lower case, with separators lost. The limit is then that of the record whose name
	// fits.
	Approximate  bool    `json:"approximate"`
	LimitUnknown bool    `json:"limit_unknown"`
	LimitWhy     *string `json:"limit_why"` // why the limit is unknown
}

// TenantJSON is one series of an answer. User and client id are null where the series doesn't have the tag; level is null
// without a limit.
type TenantJSON struct {
	User       *string     `json:"user"`
	ClientID   *string     `json:"client_id"`
	Type       tenant.Type `json:"type"`
	Broker     int32       `json:"broker"`
	Usage      *float64    `json:"usage"`
	Limit      *float64    `json:"limit"`
	Percent    *float64    `json:"percent"`
	ThrottleMS *float64    `json:"throttle_ms"`
	Level      *int        `json:"level"`
	Tenant     *string     `json:"tenant"`
	OfThreads  *float64    `json:"percent_of_threads"`
	OfBusy     *float64    `json:"percent_of_busy"`
	Standing   string      `json:"standing"`
	// As of TotalJSON.
	Approximate  bool    `json:"approximate"`
	LimitUnknown bool    `json:"limit_unknown"`
	LimitWhy     *string `json:"limit_why"`
}

// OrNull is a figure in JSON: null where it is no number.
func OrNull(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func named(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// TenantsAnswer makes the answer of `kdeck tenants`; missing is what could not be read of the metrics.
func TenantsAnswer(s *state.Snapshot, missing []state.Unknown, rows []TenantRow, totals []tenant.Total) TenantsJSON {
	out := TenantsJSON{Envelope: EnvelopeOf(s), Tenants: []TenantJSON{}, Totals: []TotalJSON{}}
	out.Unknown = append(out.Unknown, missing...)
	for _, t := range totals {
		j := TotalJSON{
			User: named(t.User), ClientID: named(t.ClientID), Type: t.Type, Usage: OrNull(t.Rate), WorstBroker: t.Worst.Broker, WorstUsage: OrNull(t.Worst.Rate),
			NominalPercent: OrNull(t.NominalShare), Skew: OrNull(t.Skew), Brokers: t.Brokers, Throttling: t.Throttling, ThrottleMS: t.ThrottleMS,
			Tenant: named(t.Tenant), OfThreads: OrNull(t.OfThreads), Standing: t.Standing().String(),
			Approximate: t.Worst.Approximate, LimitUnknown: t.Level == tenant.UnknownLevel, LimitWhy: named(t.Why),
		}
		if t.Limited {
			j.Limit = OrNull(t.Limit)
		}
		if p, known := t.Worst.Percent(); known {
			j.WorstPercent = &p
		}
		out.Totals = append(out.Totals, j)
	}
	for _, r := range rows {
		t := TenantJSON{
			User: named(r.User), ClientID: named(r.ClientID), Type: r.Type, Broker: r.Broker,
			Usage: OrNull(r.Rate), ThrottleMS: OrNull(r.ThrottleMS), Tenant: named(r.Tenant),
			OfThreads: OrNull(r.OfCapacity), OfBusy: OrNull(r.OfBusy), Approximate: r.Approximate, LimitUnknown: r.Level == tenant.UnknownLevel, LimitWhy: named(r.Why), Standing: r.Standing().String(),
		}
		if r.Limited {
			level := int(r.Level)
			if t.Limit = OrNull(r.Limit); t.Limit != nil {
				t.Level = &level
			}
			if p, known := r.Percent(); known {
				t.Percent = &p
			}
		}
		out.Tenants = append(out.Tenants, t)
	}
	return out
}

// QuotaRow is one limit of one record.
type QuotaRow struct {
	tenant.Quota
	Type  tenant.Type
	Limit float64
}

// QuotaRows lists every limit, in Kafka's order of precedence.
func QuotaRows(q *tenant.Quotas) []QuotaRow {
	var rows []QuotaRow
	for _, r := range q.List() {
		for _, t := range tenant.Types {
			if v, ok := r.Limits[t]; ok {
				rows = append(rows, QuotaRow{r, t, v})
			}
		}
	}
	return rows
}

// QuotaColumns are the columns of quotas.
func QuotaColumns() []Column[QuotaRow] {
	return []Column[QuotaRow]{
		Text("LEVEL", "level", "place in Kafka's order of precedence, 1 to 8: of those that apply to a client the lowest binds; - for IP addresses", func(r QuotaRow) string {
			if l := tenant.LevelOf(r.Entity); l > 0 {
				return strconv.Itoa(int(l))
			}
			return "-"
		}),
		Text("FOR", "entity", "the user, client id, both, or IP address that the quota record is for", func(r QuotaRow) string { return r.Entity.String() }),
		Text("TYPE", "type", "what is counted and limited, in Kafka's name for the quota", func(r QuotaRow) string { return string(r.Type) }),
		Number("LIMIT", "limit", "the limit that the record sets on each broker by itself, of controller mutations in the whole cluster: "+usageUnits, func(r QuotaRow) float64 { return r.Limit },
			func(r QuotaRow, v float64) string { return r.Type.Amount(v) }),
	}
}

// EffectColumns are the columns of what other quotas would mean.
func EffectColumns() []Column[tenant.Effect] {
	return []Column[tenant.Effect]{
		Text("USER", "user", "the user that the broker counts it for; - where it is counted without one", func(r tenant.Effect) string { return who(r.User) }),
		Text("CLIENT ID", "client_id", "the client id that the broker counts it for; - where it is counted without one", func(r tenant.Effect) string { return who(r.ClientID) }),
		Text("TYPE", "type", "what is counted and limited, in Kafka's name for the quota", func(r tenant.Effect) string { return string(r.Type) }),
		Count("BROKER", "broker", "id of the broker that counts it", func(r tenant.Effect) int { return int(r.Broker) }),
		Number("USAGE", "usage", "what it uses on this broker now: "+usageUnits, func(r tenant.Effect) float64 { return r.Rate }, func(r tenant.Effect, v float64) string { return r.Type.Amount(v) }),
		Figure("BEFORE", "before", "the limit that applies to it now; - for none", func(r tenant.Effect) float64 { return limit(r.Before) }, func(r tenant.Effect) string { return limitOf(r.Type, r.Before) }),
		Figure("AFTER", "after", "the limit that would apply to it then; - for none", func(r tenant.Effect) float64 { return limit(r.Bound) }, func(r tenant.Effect) string { return limitOf(r.Type, r.Bound) }),
		Text("WOULD BE", "outcome", "what the new limit would mean for it, if it goes on to use what it uses now", func(r tenant.Effect) string {
			switch {
			case r.Unsure && r.Throttled:
				return "maybe throttled: its tags don't tell"
			case r.Unsure:
				return "unsure: its tags don't tell"
			case r.Throttled:
				return "throttled, " + r.Type.Amount(r.Over) + " over"
			case r.Loosened:
				return "loosened"
			}
			return "within"
		}),
	}
}

func limitOf(t tenant.Type, b tenant.Bound) string {
	if b.Level == 0 {
		return "-"
	}
	return t.Amount(b.Limit)
}

// limit is NaN where there is none.
func limit(b tenant.Bound) float64 {
	if b.Level == 0 {
		return math.NaN()
	}
	return b.Limit
}

// percentOf is how much of its limit a series uses; NaN without a limit, or where its use isn't known.
func percentOf(r tenant.Row) float64 {
	if p, known := r.Percent(); known {
		return p
	}
	return math.NaN()
}

func percentText(r tenant.Row) string {
	if !r.Limited {
		return "-"
	}
	return format.Percent(percentOf(r))
}

// EffectJSON is one bucket of an answer to what-if.
type EffectJSON struct {
	User      *string     `json:"user"`
	ClientID  *string     `json:"client_id"`
	Type      tenant.Type `json:"type"`
	Broker    int32       `json:"broker"`
	Usage     float64     `json:"usage"`
	Before    *float64    `json:"limit_before"`
	After     *float64    `json:"limit_after"`
	Throttled bool        `json:"throttled"`
	Over      float64     `json:"over"`
	Unsure    bool        `json:"unsure"`
}

// WhatIfJSON is the answer of `kdeck quota what-if`.
type WhatIfJSON struct {
	Envelope
	Effects []EffectJSON `json:"effects"`
}

// WhatIfAnswer makes the answer of `kdeck quota what-if`.
func WhatIfAnswer(s *state.Snapshot, missing []state.Unknown, effects []tenant.Effect) WhatIfJSON {
	out := WhatIfJSON{Envelope: EnvelopeOf(s), Effects: []EffectJSON{}}
	out.Unknown = append(out.Unknown, missing...)
	for _, e := range effects {
		out.Effects = append(out.Effects, EffectJSON{named(e.User), named(e.ClientID), e.Type, e.Broker, e.Rate,
			OrNull(limit(e.Before)), OrNull(limit(e.Bound)), e.Throttled, e.Over, e.Unsure})
	}
	return out
}

// TenantRows lists every series that the brokers' metrics show, with its limit and its share of the broker's threads, the worst
// first.
func TenantRows(s *state.State) []TenantRow {
	busy, exempt := map[int32]float64{}, map[int32]float64{}
	for id, m := range s.Metrics {
		if !m.Known {
			continue
		}
		exempt[id] = m.Value.ExemptRequestTime.Or(math.NaN())
		for _, u := range m.Value.Usage {
			if u.Type == tenant.RequestPercentage && !math.IsNaN(u.Rate) {
				busy[id] += u.Rate
			}
		}
	}
	rows := tenant.Join(s.Quotas.Or(tenant.New(nil)), s.Usages(), s.LimitsUnknown(), s.TenantRules)
	for i := range rows {
		if r := &rows[i]; r.Type == tenant.RequestPercentage {
			r.Shares = tenant.ShareOf(r.Rate, busy[r.Broker], exempt[r.Broker], s.Threads[r.Broker])
		}
	}
	return rows
}

// TenantsMissing lists the brokers of which no tenants are shown, and why.
func TenantsMissing(s *state.State) []state.Unknown {
	var missing []state.Unknown
	unseen := unseenQuotas(s)
	for _, id := range slices.Sorted(maps.Keys(s.Metrics)) {
		switch m := s.Metrics[id]; {
		case !m.Known:
			missing = append(missing, state.Unknown{Node: id, What: state.WhatMetrics, Why: m.Why})
		case m.Value.Coverage.Swallowed != "":
			missing = append(missing, state.Unknown{Node: id, What: state.TenantsPillar, Why: m.Value.Coverage.Swallowed})
		case len(m.Value.Usage) == 0:
			missing = append(missing, state.Unknown{Node: id, What: state.TenantsPillar, Why: whyNoTenants(m.Value, s.Quotas)})
		case unseen != "" && m.Value.Coverage.QuotaRule != "":
			missing = append(missing, state.Unknown{Node: id, What: state.TenantsPillar, Why: unseen})
		}
	}
	return missing
}

// unseenQuotas says which quotas are set that no broker's exporter shows clients of; "" where there are none, or where one exporter shows
// every bean, so that no such client is at work.
func unseenQuotas(s *state.State) string {
	var usages []tenant.Usage
	for _, m := range s.Metrics {
		if m.Known && m.Value.Coverage.QuotaRule == "" {
			return ""
		}
		if m.Known {
			usages = append(usages, m.Value.Usage...)
		}
	}
	if len(usages) == 0 || s.LimitsUnknown() != "" {
		return ""
	}
	unseen := s.Quotas.Value.Unseen(usages)
	if len(unseen) == 0 {
		return ""
	}
	return "quotas are set for " + strings.Join(unseen, ", ") + ", and no exporter shows such clients: its rules drop them, or none was at work for an hour"
}

// whyNoTenants says why a broker shows none: it has no quota to count for, or its exporter drops what it counts.
func whyNoTenants(b *state.BrokerMetrics, quotas state.Reading[*tenant.Quotas]) string {
	set := quotas.Known && slices.ContainsFunc(tenant.ClientTypes, quotas.Value.Any)
	for _, p := range b.Coverage.Pillars {
		if p.Name != state.TenantsPillar || p.Have == state.Available {
			continue
		}
		switch {
		case p.Have == state.NotApplicable:
			return p.Why
		case set:
			return "quotas are set, and the exporter (" + b.Coverage.Dialect + ") drops what the broker counts for them, or no client was at work for an hour: kdeck doctor prints the rules to add"
		}
		return "no quota is set, so brokers count nobody (kdeck quota observe); nor is it sure that the exporter (" + b.Coverage.Dialect + ") would show it"
	}
	return "no client was at work for an hour"
}

// Series counts the rows that TenantRows makes of a State, without making them.
func Series(s *state.State) (n int) {
	for _, m := range s.Metrics {
		if m.Known {
			n += len(m.Value.Usage)
		}
	}
	return n
}
