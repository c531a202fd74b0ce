package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Kerberos names who logs in by GSSAPI, and to what. Nothing of it is read before a connection is made.
type Kerberos struct {
	Service   string // the brokers' principals are SERVICE/HOST@REALM
	Principal string // user, user/host or user@REALM; empty: that of the ticket cache, or the only one of the keytab

	// The ticket cache is tried first, as Krb5LoginModule does. Where both are false there is no way to log in.
	UseTicketCache bool
	UseKeytab      bool
	TicketCache    string // file; empty: that of the environment, or /tmp/krb5cc_UID
	Keytab         string // file; empty: default_keytab_name of krb5.conf

	ConfigFiles []string // krb5.conf
}

// defaultKrb5Conf is where Kerberos is set up if nothing says otherwise.
const defaultKrb5Conf = "/etc/krb5.conf"

// kerberos reads the settings of Krb5LoginModule, or those of librdkafka. Without either the ticket cache is used.
func (l layer) kerberos(getenv func(string) (string, bool)) (*Kerberos, error) {
	k := &Kerberos{
		Service: l.text(keyKrbService), Principal: l.text(keyKrbPrincipal),
		UseKeytab: strings.EqualFold(l.text(keyKrbUseKeytab), "true"), UseTicketCache: strings.EqualFold(l.text(keyKrbUseCache), "true"),
		Keytab: withoutScheme(l.text(keyKrbKeytab)), TicketCache: l.text(keyKrbCache),
	}
	_, module := l[keyKrbModule]
	switch {
	case !module && k.Keytab != "": // librdkafka
		k.UseKeytab = true
	case !module && javaOption(getenv, "java.security.auth.login.config") != "":
		return nil, fmt.Errorf("KAFKA_OPTS names the JAAS file %s, and such files are not read here: give the line of its KafkaClient as %s, or %s and %s",
			javaOption(getenv, "java.security.auth.login.config"), keyJAAS, keyKrbKeytab, keyKrbPrincipal)
	case !module:
		k.UseTicketCache = true
	case k.Keytab != "" && !k.UseKeytab:
		return nil, fmt.Errorf("%s: %s: keyTab is used with useKeyTab=true alone", l[keyKrbModule].where, keyJAAS)
	case k.TicketCache != "" && !k.UseTicketCache:
		return nil, fmt.Errorf("%s: %s: ticketCache is used with useTicketCache=true alone", l[keyKrbModule].where, keyJAAS)
	case !k.UseKeytab && !k.UseTicketCache:
		return nil, fmt.Errorf("%s: %s: Krb5LoginModule would ask for a password: give useKeyTab=true keyTab=\"FILE\" principal=\"USER@REALM\", or "+
			"useTicketCache=true and log in with kinit", l[keyKrbModule].where, keyJAAS)
	}
	if named := l.text(keyKrbJAASService); named != "" {
		if k.Service != "" && k.Service != named { // as KerberosLogin has it
			return nil, fmt.Errorf("serviceName=%q in %s and %s=%q don't agree", named, keyJAAS, keyKrbService, k.Service)
		}
		k.Service = named
	}
	if k.Service == "" {
		k.Service = "kafka" // librdkafka's default; Java refuses to go on
	}
	if k.TicketCache == "" {
		k.TicketCache, _ = getenv("KRB5CCNAME")
	}
	if kind, path, typed := strings.Cut(k.TicketCache, ":"); typed && k.UseTicketCache {
		if !strings.EqualFold(kind, "FILE") {
			if !k.UseKeytab {
				return nil, fmt.Errorf("the ticket cache %s is of the type %s, and files alone are read here: kinit -c FILE:/tmp/krb5cc_kdeck, and KRB5CCNAME=FILE:/tmp/krb5cc_kdeck",
					strconv.Quote(k.TicketCache), kind)
			}
			k.UseTicketCache = false
		}
		k.TicketCache = path
	}
	k.ConfigFiles = l.krb5Conf(getenv)
	return k, l.checkLogin(keyKrbKeytab + " and " + keyKrbPrincipal)
}

// krb5Conf finds krb5.conf: Java's system property as a setting, KRB5_CONFIG, the property in the environment of Kafka's scripts, or
// the usual file.
func (l layer) krb5Conf(getenv func(string) (string, bool)) []string {
	if path := l.text(keyKrbConf); path != "" {
		return []string{path}
	}
	if list, _ := getenv("KRB5_CONFIG"); list != "" {
		return filepath.SplitList(list)
	}
	if path := javaOption(getenv, keyKrbConf); path != "" {
		return []string{path}
	}
	return []string{defaultKrb5Conf}
}

// javaOption returns a system property that the environment of Kafka's scripts sets.
func javaOption(getenv func(string) (string, bool), property string) string {
	options, _ := getenv("KAFKA_OPTS")
	for word := range strings.FieldsSeq(options) {
		if value, ok := strings.CutPrefix(word, "-D"+property+"="); ok {
			return value
		}
	}
	return ""
}

// withoutScheme drops the FILE: that may stand before a file's name.
func withoutScheme(path string) string {
	if len(path) > 5 && strings.EqualFold(path[:5], "FILE:") {
		return path[5:]
	}
	return path
}
