package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
)

// written is a message as Kafka writes its definition down.
type written struct {
	Key       *int16         `json:"apiKey"`
	Type      string         `json:"type"`
	Name      string         `json:"name"`
	Listeners []string       `json:"listeners"`
	Valid     string         `json:"validVersions"`
	Unstable  bool           `json:"latestVersionUnstable"` // brokers don't serve the newest version unless told to
	Flexible  string         `json:"flexibleVersions"`
	Fields    []writtenField `json:"fields"`
	Shared    []struct {
		Name   string         `json:"name"`
		Fields []writtenField `json:"fields"`
	} `json:"commonStructs"`
}

type writtenField struct {
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Versions string          `json:"versions"`
	Nullable string          `json:"nullableVersions"`
	Tagged   string          `json:"taggedVersions"`
	Tag      json.RawMessage `json:"tag"` // a number, in quotes or not
	Default  json.RawMessage `json:"default"`
	Key      bool            `json:"mapKey"`
	Entity   string          `json:"entityType"`
	Fields   []writtenField  `json:"fields"`
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

// definitions fetches the client jar of a release with Maven and reads every request and response in it.
func definitions(release string) ([]written, error) {
	dir, err := os.MkdirTemp("", "kafka-clients-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	mvn := exec.Command("mvn", "-q", "-B", "-ntp", "dependency:copy",
		"-Dartifact=org.apache.kafka:kafka-clients:"+release, "-DoutputDirectory="+dir)
	if out, err := mvn.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fetching kafka-clients %s: %w\n%s", release, err, out)
	}
	jar, err := zip.OpenReader(filepath.Join(dir, "kafka-clients-"+release+".jar"))
	if err != nil {
		return nil, err
	}
	defer jar.Close()
	var all []written
	for _, file := range jar.File {
		if ok, _ := path.Match("common/message/*.json", file.Name); !ok {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		var m written
		if err := json.NewDecoder(bytes.NewReader(comment.ReplaceAll(text, nil))).Decode(&m); err != nil {
			return nil, fmt.Errorf("%s of %s: %w", file.Name, release, err)
		}
		if m.Key != nil && m.Valid != "none" {
			all = append(all, m)
		}
	}
	return all, nil
}
