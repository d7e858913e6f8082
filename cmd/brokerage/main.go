// Command brokerage runs the sample securities firm against any OpenID Provider that
// knows its operations. It may start before the provider does.
package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	brokerage "sekisho/cmd/brokerage/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "brokerage:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. Secrets come from the environment only, so that they are in no
// process list.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("brokerage", flag.ContinueOnError)
	flags.SetOutput(out)
	listen := flags.String("listen", "localhost:9001", "address to listen on")
	cfg := brokerage.Config{ClientSecret: env("BROKERAGE_CLIENT_SECRET"), APIClientSecret: env("BROKERAGE_API_SECRET"), Logger: slog.New(slog.NewJSONHandler(out, nil))}
	flags.StringVar(&cfg.Issuer, "issuer", "http://localhost:9000", "issuer of the provider")
	flags.StringVar(&cfg.ClientID, "client-id", "aoba-trade", "client id (secret: BROKERAGE_CLIENT_SECRET)")
	flags.StringVar(&cfg.BaseURL, "base-url", "http://localhost:9001", "this site as customers see it")
	flags.StringVar(&cfg.Resource, "resource", "https://api.aoba.example", "resource indicator of the API")
	flags.StringVar(&cfg.APIClientID, "api-client-id", "aoba-api", "client id of the API (secret: BROKERAGE_API_SECRET)")
	flags.StringVar(&cfg.APIURL, "api-url", "", "where the application reaches its API (default: base URL + /api)")
	keyFile := flags.String("key", "", "PKCS#8 PEM file: private_key_jwt instead of a secret")
	flags.StringVar(&cfg.KeyID, "key-id", "", "kid of that key")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *keyFile != "" {
		key, err := readKey(*keyFile)
		if err != nil {
			return err
		}
		cfg.PrivateKey = key
	}
	site, err := brokerage.New(cfg)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	return serve(ctx, l, site)
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

func readKey(path string) (crypto.Signer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New("the key file holds no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return signer, nil
}
