// Adds entries to a log of Tessera's POSIX driver and prints what it took until a checkpoint over all of them was published.
//
//	tessera-append DIRECTORY LEAVES BYTES
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// must ends the program where a call failed.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func cpu() float64 {
	var usage syscall.Rusage
	must(0, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func main() {
	directory, leaves, size := os.Args[1], must(strconv.Atoi(os.Args[2])), must(strconv.Atoi(os.Args[3]))
	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	must(0, err)
	signer := must(note.NewSigner(secret))
	driver := must(posix.New(ctx, posix.Config{Path: directory}))
	// As many entries at once as the sealer takes, and no deduplication, which the sealer needs none of either.
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(4096, 250*time.Millisecond).
		WithPushback(uint(2 * 4096))
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	must(0, err)
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)

	noise := make([]byte, size)
	must(rand.Read(noise))
	began, used := time.Now(), cpu()
	// At most two batches are on their way.
	slots := make(chan struct{}, 2*4096)
	var all sync.WaitGroup
	var last tessera.IndexFuture
	for nth := range leaves {
		entry := append([]byte(nil), noise...)
		binary.BigEndian.PutUint64(entry, uint64(nth))
		slots <- struct{}{}
		future := appender.Add(ctx, tessera.NewEntry(entry))
		last = future
		all.Add(1)
		go func() {
			defer all.Done()
			must(future())
			<-slots
		}()
	}
	all.Wait()
	_, _, err = awaiter.Await(ctx, last)
	must(0, err)
	took, cost := time.Since(began).Seconds(), cpu()-used
	must(0, shutdown(ctx))
	must(0, json.NewEncoder(os.Stdout).Encode(map[string]float64{"seconds": took, "cpuSeconds": cost}))
}
