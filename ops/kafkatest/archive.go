package kafkatest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A class archive (Java's class data sharing) spares every later JVM a third of
// the processor time of its start. It is made once, from what a broker loads.

func archiveFile(jars string) string { return filepath.Join(jars, "classes.jsa") }

// archiveFlags let a JVM use the archive. The JVM ignores an archive that doesn't
// fit, as after an update of Java; -Xlog:disable keeps its warning out of the
// output of tools.
func archiveFlags(jars string) []string {
	if _, err := os.Stat(archiveFile(jars)); err != nil {
		return nil
	}
	return []string{"-XX:SharedArchiveFile=" + archiveFile(jars), "-Xshare:auto", "-Xlog:disable"}
}

// makeArchive runs a broker that writes the archive when it is stopped. The jars
// must not be moved afterwards: the archive holds their path. It is no error if
// Java can't make an archive.
func makeArchive(version, jars string) (err error) {
	c, err := Run(context.Background(), Options{Version: version, archiveTo: archiveFile(jars) + ".making"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Nodes[0].Stop(); err != nil {
		return err
	}
	if err := os.Rename(c.archiveTo, archiveFile(jars)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
