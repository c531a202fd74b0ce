package subcmd

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
)

// entityFlags are the flags that name the entity of a quota, as kafka-configs does.
type entityFlags struct {
	user, client, ip                      string
	userDefault, clientDefault, ipDefault bool
	set                                   *pflag.FlagSet
}

func (e *entityFlags) add(f *pflag.FlagSet) {
	e.set = f
	f.StringVar(&e.user, "user", "", "a user's `NAME`")
	f.StringVar(&e.client, "client", "", "a client `ID`")
	f.StringVar(&e.ip, "ip", "", "an IP `ADDRESS`")
	for name, value := range map[string]*bool{"user-default": &e.userDefault, "client-default": &e.clientDefault, "ip-default": &e.ipDefault} {
		f.BoolVar(value, name, false, "those without a record of their own")
		f.BoolVar(value, name+"s", false, "the same, as kafka-configs spells it")
		_ = f.MarkHidden(name + "s") // there is such a flag: just made
	}
}

// entity is who the flags name.
func (e *entityFlags) entity() (tenant.Entity, error) {
	var who tenant.Entity
	for _, p := range []struct {
		flag      string
		name      string
		isDefault bool
		part      *tenant.Part
	}{
		{"user", e.user, e.userDefault, &who.User}, {"client", e.client, e.clientDefault, &who.ClientID}, {"ip", e.ip, e.ipDefault, &who.IP},
	} {
		switch {
		case e.set.Changed(p.flag) && p.isDefault:
			return who, refused("--%s and --%s-default: one of them", p.flag, p.flag)
		case !utf8.ValidString(p.name):
			return who, refused("--%s %q: a name is UTF-8", p.flag, p.name)
		case p.isDefault:
			*p.part = tenant.Default
		case e.set.Changed(p.flag):
			if p.name == "" {
				return who, refused("--%s: a name was expected; --%s-default is for those without a record of their own", p.flag, p.flag)
			}
			*p.part = tenant.Named(p.name)
		}
	}
	switch {
	case who == tenant.Entity{}:
		return who, refused("who is it for? --user NAME, --user-default, --client ID, --client-default, or --ip ADDRESS")
	case who.IP.Set && (who.User.Set || who.ClientID.Set):
		return who, refused("--ip goes with neither --user nor --client: addresses have records of their own")
	}
	return who, nil
}

// entityWords are the flags that name an entity.
func entityWords(e tenant.Entity) []string {
	var words []string
	for _, p := range []struct {
		flag string
		part tenant.Part
	}{{"--user", e.User}, {"--client", e.ClientID}, {"--ip", e.IP}} {
		switch {
		case p.part.Default:
			words = append(words, p.flag+"-default")
		case p.part.Set:
			words = append(words, p.flag, p.part.Name)
		}
	}
	return words
}

// parseLimits reads type=limit words; sizes may have units.
func parseLimits(e tenant.Entity, words []string) (map[tenant.Type]float64, error) {
	limits := map[tenant.Type]float64{}
	for _, w := range words {
		name, text, found := strings.Cut(w, "=")
		if !found {
			return nil, refused("%q: type=limit was expected, such as producer_byte_rate=10MB", w)
		}
		t, err := parseType(name)
		if err != nil {
			return nil, err
		}
		if err := checkEntityType(e, t); err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if err != nil && (t == tenant.ProducerByteRate || t == tenant.ConsumerByteRate) {
			var n int64
			n, err = format.ParseBytes(text)
			v = float64(n)
		}
		if err != nil {
			return nil, refused("%s: %q is not a number", t, text)
		}
		if err := t.Check(v); err != nil {
			return nil, refused("%w", err)
		}
		if _, twice := limits[t]; twice {
			return nil, refused("%s is there twice", t)
		}
		limits[t] = v
	}
	if len(limits) == 0 {
		return nil, refused("which limit? type=limit was expected, such as producer_byte_rate=10MB; types: %s", typeNames())
	}
	return limits, nil
}

// checkEntityType refuses a type of quota that such an entity can't have.
func checkEntityType(e tenant.Entity, t tenant.Type) error {
	if e.IP.Set != (t == tenant.ConnectionCreationRate) {
		return refused("%s is not for %s: connection_creation_rate is for IP addresses alone, and they have nothing else", t, e)
	}
	return nil
}
