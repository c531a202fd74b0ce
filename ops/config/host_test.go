package config

import (
	"slices"
	"strings"
	"testing"
)

func TestABrokersNameBecomesAPartOfAnAddressOrOneArgument(t *testing.T) {
	for _, c := range []struct {
		look  HostLook
		host  string
		url   string
		words []string
	}{
		{"http://{host}:9405", "b7", "http://b7:9405", nil},
		{"http://{host}:9405/host?for=5s", "2001:db8::7", "http://[2001:db8::7]:9405/host?for=5s", nil},
		{"https://proxy/{id}", "-odd", "https://proxy/7", nil},
		{"ssh {host} kdeck host -o json", "b7.example.com", "", []string{"ssh", "b7.example.com", "kdeck", "host", "-o", "json"}},
		{"ssh -o 'ConnectTimeout 5' ops@{host} kdeck host --broker {id} -o json", "10.0.0.7", "",
			[]string{"ssh", "-o", "ConnectTimeout 5", "ops@10.0.0.7", "kdeck", "host", "--broker", "7", "-o", "json"}},
	} {
		s, err := c.look.Of(7, c.host)
		if err != nil || s.URL != c.url || !slices.Equal(s.Words, c.words) {
			t.Errorf("%s of %s: %+v %v", c.look, c.host, s, err)
		}
	}
}

func TestAHostThatIsMoreThanANameIsNotAsked(t *testing.T) {
	for _, look := range []HostLook{"http://{host}:9405", "ssh {host} kdeck host -o json", "ssh ops@{host} kdeck host -o json"} {
		for _, host := range []string{"", "-oProxyCommand=touch /tmp/x", "-b7", "; rm -rf /", "b7;rm", "b7 -v", "b7\nb8", "$(id)", "`id`", "b7|id", "b7&", "b7/path", "b7@b8", "b7?x", "b7#x",
			"b7:22", "[::1]", "{id}", "b7\x00", "b7%0a", "../b7", "b\u202e7", strings.Repeat("b", 300)} {
			if s, err := look.Of(7, host); err == nil {
				t.Errorf("%s of %q: %q", look, host, s.String())
			} else if !strings.Contains(err.Error(), "broker 7 advertises") {
				t.Errorf("%s of %q: %v", look, host, err)
			}
		}
	}
}

func TestAContextSaysWhereMachinesAreAsked(t *testing.T) {
	file, err := Load(write(t, t.TempDir(), "config.yaml", "contexts:\n  a:\n    bootstrap: b1:9092\n    host: ssh {host} kdeck host -o json\n"))
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := Resolve(file, Flags{Context: "a"}, func(string) (string, bool) { return "", false })
	if err != nil || cluster.Host != "ssh {host} kdeck host -o json" {
		t.Fatalf("%q %v", cluster.Host, err)
	}
	if shown, err := file.Show("a"); err != nil || !strings.Contains(string(shown), "host: ssh {host} kdeck host -o json") {
		t.Errorf("%s %v", shown, err)
	}
	for text, says := range map[string]string{
		`"http://{name}:9405"`: "{host} and {id}", `"ftp://{host}"`: "http://{host}:9405", `"http://me:secret@{host}:9405"`: "no user and password", `"{host} kdeck"`: "by its own name",
		`"ssh 'b7"`: "a command such as", `""`: "a command such as", `[ssh]`: "a text was expected",
	} {
		_, err := Load(write(t, t.TempDir(), "config.yaml", "contexts:\n  a:\n    host: "+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "config.yaml:3: host: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
