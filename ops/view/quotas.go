package view

import (
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// QuotasJSON is the answer of kdeck quota list.
type QuotasJSON struct {
	Envelope
	Quotas []QuotaJSON `json:"quotas"`
}

// QuotaJSON is one quota record. Names and defaults are told apart: a user may be called "<default>".
type QuotaJSON struct {
	Entity        string                  `json:"entity"`
	Level         *int                    `json:"level"`
	Limits        map[tenant.Type]float64 `json:"limits"`
	User          *string                 `json:"user"`
	UserDefault   bool                    `json:"user_default"`
	ClientID      *string                 `json:"client_id"`
	ClientDefault bool                    `json:"client_default"`
	IP            *string                 `json:"ip"`
	IPDefault     bool                    `json:"ip_default"`
}

// QuotasAnswer is the answer with those quotas.
func QuotasAnswer(s *state.Snapshot, q *tenant.Quotas) QuotasJSON {
	name := func(p tenant.Part) *string {
		if !p.Set || p.Default {
			return nil
		}
		return &p.Name
	}
	doc := QuotasJSON{EnvelopeOf(s), []QuotaJSON{}}
	for _, r := range q.List() {
		e := r.Entity
		doc.Quotas = append(doc.Quotas, QuotaJSON{e.String(), levelOrNull(tenant.LevelOf(e)), r.Limits,
			name(e.User), e.User.Default, name(e.ClientID), e.ClientID.Default, name(e.IP), e.IP.Default})
	}
	return doc
}

func levelOrNull(l tenant.Level) *int {
	if l == 0 {
		return nil
	}
	n := int(l)
	return &n
}

// ExplainedLimit is the limit of one client for one type of quota, and where it comes from.
type ExplainedLimit struct {
	Type   tenant.Type      `json:"type"`
	Limit  *float64         `json:"limit"`
	Level  *int             `json:"level"`
	Entity *string          `json:"entity"`
	Bucket string           `json:"bucket"` // who shares the limit, in words
	Series ExplainedSeries  `json:"series"`
	Levels []ExplainedLevel `json:"levels"`
}

// ExplainedSeries are the tags of the metrics that count the client.
type ExplainedSeries struct {
	User     *string `json:"user"`
	ClientID *string `json:"client_id"`
}

// ExplainedLevel is one of the eight levels that Kafka looks at.
type ExplainedLevel struct {
	Level  int      `json:"level"`
	Entity string   `json:"entity"`
	Limit  *float64 `json:"limit"`
	Binds  bool     `json:"binds"`
}

// ExplainLimits explains the limits of a client, one for each type that clients can have.
func ExplainLimits(q *tenant.Quotas, user, client string) []ExplainedLimit {
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	var list []ExplainedLimit
	for _, t := range tenant.ClientTypes {
		b, limited := q.Resolve(t, user, client)
		x := ExplainedLimit{Type: t, Level: levelOrNull(b.Level), Entity: orNull(b.Entity.String()), Bucket: b.SharedBy(t, user, client)}
		if limited {
			x.Limit = &b.Limit
		}
		userTag, clientTag := q.Tags(t, user, client)
		x.Series = ExplainedSeries{orNull(userTag), orNull(clientTag)}
		for _, s := range q.Explain(t, user, client) {
			level := ExplainedLevel{Level: int(s.Level), Entity: s.Entity.String(), Binds: s.Binds}
			if s.Hit {
				level.Limit = &s.Limit
			}
			x.Levels = append(x.Levels, level)
		}
		list = append(list, x)
	}
	return list
}
