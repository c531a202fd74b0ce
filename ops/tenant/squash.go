package tenant

import (
	"net/url"
	"slices"
	"strings"
)

// Squash returns what all exporters' rules keep of a name: its letters and digits, in lower case.
func Squash(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b = append(b, c)
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		}
	}
	return string(b)
}

// squashedNames are the users and client ids that records name, by what exporters keep of them.
type squashedNames struct{ users, clients map[string][]string }

func (q *Quotas) squashedNames() *squashedNames {
	n := &squashedNames{map[string][]string{}, map[string][]string{}}
	add := func(to map[string][]string, p Part, squashed string) {
		if p.Set && !p.Default && !slices.Contains(to[squashed], p.Name) {
			to[squashed] = append(to[squashed], p.Name)
		}
	}
	for _, r := range q.list {
		add(n.users, r.Entity.User, Squash(r.Entity.User.Name))
		add(n.users, r.Entity.User, Squash(sanitized(r.Entity.User.Name)))
		add(n.clients, r.Entity.ClientID, Squash(r.Entity.ClientID.Name))
	}
	return n
}

// sanitized is a user as Kafka writes it into a bean's name (org.apache.kafka.common.utils.Sanitizer).
func sanitized(user string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(user), "+", "%20"), "~", "%7E")
}

// ofSquashed is the limit that applies to a series of which the exporter kept the names' letters and digits only: that of the records
// whose names fit, or of the defaults if none does. Where several records fit and don't have the same limit, it isn't known.
func (q *Quotas) ofSquashed(names *squashedNames, u Usage) (Bound, bool) {
	fitting := func(in map[string][]string, name string) []string {
		if list := in[Squash(name)]; name != "" && len(list) > 0 {
			return list
		}
		return []string{name}
	}
	var one Bound
	for i, user := range fitting(names.users, u.User) {
		for j, client := range fitting(names.clients, u.ClientID) {
			b, _ := q.OfTags(u.Type, user, client)
			if i+j > 0 && b != one {
				return unknownBound("the names fit several quota records, with different limits"), true
			}
			one = b
		}
	}
	return one, one.Level != 0
}
