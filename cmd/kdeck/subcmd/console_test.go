package subcmd

import (
	"bytes"
	"testing"
	"time"
)

func TestQuotasAreReadAgainWhenALineOfThePaletteMayHaveChangedThem(t *testing.T) {
	for _, c := range []struct {
		name, line, phrase string
		want               int
	}{
		{"a quota is set: soon after it began, and when it is done", "quota set --user u request_percentage=5 --execute", "quota set …", 2},
		{"the same without the phrase changes nothing", "quota set --user u request_percentage=5", "", 0},
		{"quotas are listed", "quota list", "", 0},
		{"another change", "moves cancel --execute", "cancel 3 moves", 0},
		{"nothing", "", "x", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			env := &Env{Out: new(bytes.Buffer), Err: new(bytes.Buffer), Now: time.Now, LookupEnv: func(string) (string, bool) { return "", false }}
			read := 0
			r := rereading{newPalette(env, &globals{}), func() { read++ }}
			r.Run(t.Context(), c.line, c.phrase) // there is no cluster: it fails at once
			if read != c.want {
				t.Errorf("read again %d times, want %d", read, c.want)
			}
		})
	}
}
