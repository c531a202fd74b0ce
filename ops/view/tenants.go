package view

import (
	"fmt"
	"math"
	"strconv"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// TenantRow is one series beside its limit, with what it takes of its broker's threads.
type TenantRow struct {
	tenant.Row
	tenant.Shares // of request time; NaN for the other types
}

// Amount writes a use or a limit of that type in its unit.
func Amount(t tenant.Type, v float64) string {
	switch {
	case math.IsNaN(v):
		return Unknown
	case t == tenant.ProducerByteRate || t == tenant.ConsumerByteRate:
		return Bytes(int64(v)) + "/s"
	case t == tenant.RequestPercentage:
		return percent(v)
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "/s"
}

func percent(v float64) string {
	switch {
	case math.IsNaN(v):
		return Unknown
	case math.Abs(v) < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + "%"
}

// number makes a column of measured figures, largest first in order, unknown last.
func number[R any](head, name, help string, get func(R) float64, show func(R, float64) string) Column[R] {
	return measured2(head, name, help, func(r R) (float64, bool) { v := get(r); return v, !math.IsNaN(v) }, show)
}

func measured2[R any](head, name, help string, get func(R) (float64, bool), show func(R, float64) string) Column[R] {
	c := measured(head, name, help, func(r R) (int64, bool) {
		v, known := get(r)
		return int64(v * 1000), known
	}, func(int64) string { return "" })
	c.Cell = func(r R) string {
		if v, known := get(r); known {
			return show(r, v)
		}
		return Unknown
	}
	return c
}

// Who writes the tags of a series; a half that it doesn't have is a dash.
func who(tag string) string { return or(tag, "-") }

// TenantColumns are the columns of tenants.
func TenantColumns() []Column[TenantRow] {
	share := func(_ TenantRow, v float64) string { return percent(v) }
	return []Column[TenantRow]{
		text("USER", "user", "the series' user; - where it has none", func(r TenantRow) string { return who(r.User) }),
		text("CLIENT ID", "client_id", "the series' client id; - where it has none", func(r TenantRow) string { return who(r.ClientID) }),
		text("TYPE", "type", "type of quota", func(r TenantRow) string { return string(r.Type) }),
		count("BROKER", "broker", "where it is counted: a quota holds on each broker by itself", func(r TenantRow) int { return int(r.Broker) }),
		number("USAGE", "usage", "bytes a second; request time in percent of one thread", func(r TenantRow) float64 { return r.Rate },
			func(r TenantRow, v float64) string { return Amount(r.Type, v) }),
		text("LIMIT", "limit", "the limit that applies to the series; - for none", func(r TenantRow) string {
			if !r.Limited {
				return "-"
			}
			return Amount(r.Type, r.Limit)
		}),
		{Head: "USED", Name: "percent", Help: "percent of the limit", Right: true, Cell: func(r TenantRow) string {
			switch v, known := r.Percent(); {
			case known:
				return percent(v)
			case !r.Limited:
				return "-"
			}
			return Unknown
		}, Compare: func(a, b TenantRow) int {
			x, _ := a.Percent()
			y, _ := b.Percent()
			return compareFloat(x, y)
		}},
		number("THROTTLE", "throttle_ms", "mean of the last minute's throttles", func(r TenantRow) float64 { return r.ThrottleMS },
			func(_ TenantRow, v float64) string { return fmt.Sprintf("%.0fms", v) }),
		number("OF THREADS", "of_threads", "request time as a share of all that the broker's threads could do", func(r TenantRow) float64 { return r.OfCapacity }, share),
		number("OF BUSY", "of_busy", "request time as a share of what the threads did for requests", func(r TenantRow) float64 { return r.OfBusy }, share),
		wide(text("BOUND BY", "level", "the record that the limit comes from", func(r TenantRow) string {
			if !r.Limited {
				return "-"
			}
			return fmt.Sprintf("%d %s", r.Level, r.Entity)
		})),
		wide(text("TENANT", "tenant", "the tenant that the context's rules put it to", func(r TenantRow) string { return who(r.Tenant) })),
	}
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// TenantsJSON is the answer of `kdeck tenants`.
type TenantsJSON struct {
	Envelope
	Tenants []TenantJSON `json:"tenants"`
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
	// Approximate: the exporter wrote the names in lower case, with separators lost.
	Approximate bool `json:"approximate"`
}

// Figure is a figure in JSON: null where it is no number.
func Figure(v float64) *float64 {
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
func TenantsAnswer(s *state.Snapshot, missing []state.Unknown, rows []TenantRow) TenantsJSON {
	out := TenantsJSON{Envelope: EnvelopeOf(s), Tenants: []TenantJSON{}}
	out.Unknown = append(out.Unknown, missing...)
	for _, r := range rows {
		t := TenantJSON{
			User: named(r.User), ClientID: named(r.ClientID), Type: r.Type, Broker: r.Broker,
			Usage: Figure(r.Rate), ThrottleMS: Figure(r.ThrottleMS), Tenant: named(r.Tenant),
			OfThreads: Figure(r.OfCapacity), OfBusy: Figure(r.OfBusy), Approximate: r.Approximate,
		}
		if r.Limited {
			level := int(r.Level)
			t.Limit, t.Level = &r.Limit, &level
			if p, known := r.Percent(); known {
				t.Percent = &p
			}
		}
		out.Tenants = append(out.Tenants, t)
	}
	return out
}
