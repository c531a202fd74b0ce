package kafkatest

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// The Kafka versions that the tests run on: the last that still supported
// ZooKeeper, and a current one.
const (
	V39 = "3.9.2"
	V43 = "4.3.1"
)

// Versions returns the Kafka versions that the tests run on.
func Versions() []string { return []string{V39, V43} }

// java holds the pom that names the jars, and the logging configurations for
// log4j 1 and 2.
//
//go:embed java
var java embed.FS

// Jars returns a directory whose libs/ holds the jars of one Kafka version and
// whose agents/ holds the JMX agents. The first call of a machine fetches them
// with Maven (about 55 MB); test binaries that run side by side fetch once.
func Jars(version string) (string, error) {
	dir, err := jarsDir(version)
	if err != nil {
		return "", err
	}
	if cached(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	unlock, err := lockedfile.MutexAt(dir + ".lock").Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if cached(dir) {
		return dir, nil
	}

	fetching := dir + ".fetching"
	if err := os.RemoveAll(fetching); err != nil { // what a killed fetch left
		return "", err
	}
	if err := fetch(version, fetching); err != nil {
		return "", fmt.Errorf("fetching the jars of Kafka %s: %w", version, err)
	}
	if err := os.Rename(fetching, dir); err != nil {
		return "", err
	}
	// The archive is for speed alone, so its error doesn't matter.
	_ = makeArchive(version, dir)
	return dir, nil
}

// jarsDir is where the jars of a version are, or will be. Its name also stands
// for the content of java/, so that a changed pom is never served old jars.
func jarsDir(version string) (string, error) {
	root, err := cacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = fs.WalkDir(java, "java", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := java.ReadFile(path)
		sum.Write(content)
		return err
	})
	return filepath.Join(root, fmt.Sprintf("%s-%x", version, sum.Sum(nil)[:4])), err
}

func cacheDir() (string, error) {
	root, err := os.UserCacheDir()
	return filepath.Join(root, "kdeck", "kafka"), err
}

func cached(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

func fetch(version, dir string) error {
	files, err := fs.Sub(java, "java")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	libs, agents := filepath.Join(dir, "libs"), filepath.Join(dir, "agents")
	mvn := exec.Command("mvn", "-q", "-B", "-ntp", "dependency:copy-dependencies",
		"-Dkafka.version="+version, "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	if usesLog4j2(version) {
		mvn.Args = append(mvn.Args, "-Plog4j2")
	}
	mvn.Dir = dir
	if out, err := mvn.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(mvn.Args, " "), err, out)
	}

	// Agents are attached by path; on the class path they would only shadow Kafka's own libraries.
	if err := os.Mkdir(agents, 0o755); err != nil {
		return err
	}
	for to, pattern := range map[string]string{
		exporterJar: "jmx_prometheus_javaagent-*.jar",
		jolokiaJar:  "jolokia-agent-jvm-*.jar",
	} {
		found, err := filepath.Glob(filepath.Join(libs, pattern))
		if err != nil || len(found) != 1 {
			return errors.Join(err, fmt.Errorf("%d jars match %s, want 1", len(found), pattern))
		}
		if err := os.Rename(found[0], filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	return nil
}

// usesLog4j2 tells Kafka's two logging generations apart: 4.0 left log4j 1 (KIP-653).
func usesLog4j2(version string) bool { return !strings.HasPrefix(version, "3.") }
