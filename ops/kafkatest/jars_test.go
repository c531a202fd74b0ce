package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fakeMaven puts a java first in PATH that can do nothing, and a mvn that lays
// down empty jars, counts its runs, and fails when it is told to.
func fakeMaven(t *testing.T) (runs func() int, fail func(bool)) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	script := func(name, body string) {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body), 0o755))
	}
	script("java", "exit 1\n")
	script("mvn", fmt.Sprintf(`cd %q || exit
echo run >>runs
if [ -e broken ]; then echo no such artifact; exit 1; fi
for arg; do case $arg in -DoutputDirectory=*) out=${arg#*=};; esac; done
mkdir -p "$out" && touch "$out/kafka.jar" "$out/jmx_prometheus_javaagent-1.jar" "$out/jolokia-agent-jvm-2.jar"
`, dir))
	runs = func() int {
		lines, err := os.ReadFile(filepath.Join(dir, "runs"))
		must(t, err)
		return strings.Count(string(lines), "run")
	}
	fail = func(yes bool) {
		if yes {
			must(t, os.WriteFile(filepath.Join(dir, "broken"), nil, 0o644))
		} else {
			must(t, os.Remove(filepath.Join(dir, "broken")))
		}
	}
	return runs, fail
}

func TestJarsAreFetchedOnceByAllWhoAskAtOnce(t *testing.T) {
	runs, _ := fakeMaven(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := Jars("9.9.9")
			if err != nil {
				t.Error(err)
				return
			}
			for _, want := range []string{"libs/kafka.jar", exporterJar, jolokiaJar, "log4j2.properties"} {
				if _, err := os.Stat(filepath.Join(dir, want)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := runs(); got != 1 {
		t.Errorf("Maven ran %d times", got)
	}
}

func TestAFetchThatFailedIsTriedAgain(t *testing.T) {
	runs, fail := fakeMaven(t)
	fail(true)
	if _, err := Jars("9.9.9"); err == nil || !strings.Contains(err.Error(), "no such artifact") {
		t.Errorf("the error lacks what Maven said: %v", err)
	}
	fail(false)
	if _, err := Jars("9.9.9"); err != nil {
		t.Error(err)
	}
	if got := runs(); got != 2 {
		t.Errorf("Maven ran %d times", got)
	}
}
