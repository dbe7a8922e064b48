// Checks a whole log in a directory by Tessera's fsck: every entry is hashed, every tile made again, the root compared with the
// checkpoint. Prints what it took.
//
//	tessera-fsck DIRECTORY VKEY
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// must ends the program where a call failed.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// leaves of a bundle, as the hashes of its entries.
func leaves(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		hash := tlog.RecordHash(entry)
		hashes = append(hashes, hash[:])
	}
	return hashes, nil
}

func main() {
	directory, verifier := os.Args[1], must(note.NewVerifier(os.Args[2]))
	began := time.Now()
	check := fsck.New(verifier.Name(), verifier, &client.FileFetcher{Root: directory}, leaves, fsck.Opts{N: 1})
	must(0, check.Check(context.Background()))
	var usage syscall.Rusage
	must(0, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	// Kilobytes on Linux.
	must(0, json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"seconds": time.Since(began).Seconds(), "cpuSeconds": cpu, "rss": float64(usage.Maxrss) * 1024,
	}))
}
