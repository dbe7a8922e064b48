// A witness and a client of witnesses by transparency-dev, which know nothing of this project.
//
//	go run . serve <log vkey>                       prints "<url> <vkey of type 1>", and serves until its input ends
//	go run . ask <url> <witness vkey> <log vkey>    reads an add-checkpoint body, prints "ok <names>" or what was answered
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	f_note "github.com/transparency-dev/formats/note"
	client "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func serve(logKey string) error {
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return err
	}
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example/go")
	if err != nil {
		return err
	}
	signer, err := f_note.NewSignerForCosignatureV1(secret)
	if err != nil {
		return err
	}
	w, err := witness.New(context.Background(), witness.Opts{
		Persistence: inmemory.New(),
		Signers:     []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return log, origin == log.Name(), nil
		},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", witness.NewHTTPHandler(w).AddCheckpoint)
	go func() { _ = http.Serve(listener, mux) }()
	fmt.Printf("http://%s %s\n", listener.Addr(), public)
	_, err = io.ReadAll(os.Stdin)
	return err
}

func ask(address, witnessKey, logKey string) error {
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return errors.New("no body")
	}
	lines := strings.Split(string(head), "\n")
	old, err := strconv.ParseUint(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil {
		return err
	}
	var proof [][]byte
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return err
	}
	lineOf, known, err := client.NewWitness(parsed, http.DefaultClient).Update(context.Background(), old, checkpoint, proof)
	if err != nil {
		return fmt.Errorf("%w (%d)", err, known)
	}
	cosigner, err := f_note.NewVerifierForCosignatureV1(witnessKey)
	if err != nil {
		return err
	}
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return err
	}
	opened, err := note.Open(append(checkpoint, lineOf...), note.VerifierList(log, cosigner))
	if err != nil {
		return err
	}
	names := []string{}
	for _, signature := range opened.Sigs {
		names = append(names, signature.Name)
	}
	fmt.Println("ok", strings.Join(names, " "))
	return nil
}

func main() {
	var err error
	if os.Args[1] == "serve" {
		err = serve(os.Args[2])
	} else {
		err = ask(os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
