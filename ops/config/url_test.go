package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestAURLPrintsWithoutCredentials(t *testing.T) {
	for text, want := range map[string]string{
		"http://b1:9404/metrics":                  "http://b1:9404/metrics",
		"http://{host}:9404/metrics":              "http://{host}:9404/metrics",
		"http://me:hunter2@b1:9404/metrics":       "http://b1:9404/metrics",
		"https://hunter2@{host}/metrics":          "https://{host}/metrics",
		"http://me:hun/ter2@b1/metrics":           "http://b1/metrics",
		"http://me:12/hunter2@b1/metrics":         "http://…",
		"http://me:hunter2@x@b1/metrics":          "http://b1/metrics",
		"http://me:hun%zzter2@b1/metrics":         "http://b1/metrics",
		"http://me:hunter2\n@b1/metrics":          "http://b1/metrics",
		"me:hunter2@b1:9404":                      "b1:9404",
		"http://b1/metrics?token=hunter2":         "http://b1/metrics?…",
		"http://{host}/metrics?token=hunter2":     "http://{host}/metrics?…",
		"http://b1/metrics#hunter2":               "http://b1/metrics?…",
		"http://me:hun?ter2@b1/metrics":           "http://b1/metrics",
		"http://me:hun#ter2@b1/metrics":           "http://b1/metrics",
		"http://me:12?hunter2@b1/metrics":         "http://…",
		"http://b1/hunter2@path":                  "http://…", // less is shown than could be
		"":                                        "",
		"https://[2001:db8::1]:9404/metrics":      "https://[2001:db8::1]:9404/metrics",
		"hunter2:x@":                              "",
		"http://me:hunter2@b1:9404/metrics?a=b@c": "http://…",
	} {
		u := URL(text)
		data, err := json.Marshal(map[string]any{"url": u})
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{u.String(), fmt.Sprintf("%s|%v|%q|%#v|%x|%+v", u, u, u, u, u, struct{ U URL }{u}), string(data)} {
			for _, secret := range []string{"hunter2", "ter2", "me:", fmt.Sprintf("%x", "hunter2")} {
				if strings.Contains(got, secret) {
					t.Errorf("%q prints as %s", text, got)
				}
			}
		}
		if u.String() != want {
			t.Errorf("%q prints as %q, want %q", text, u, want)
		}
	}
}
